import { openSession, type Log, type PostgresClient, type PostgresPool } from '@turnpike/service';
import { type Epochs, relaySessionOf } from './epochs.js';
import { killPoints } from './kill-points.js';
import type { OutgoingMessage, Refusal } from './message.js';
import type { RoadMetrics } from './metrics.js';
import { LeadLost, RelayBook, type BookState, type LastSent, type Progress } from './relay-book.js';
import type { RoadLog } from './road-log.js';
import type { Signal } from './signal.js';
import { firstOf, nextWindow, numbered, pageOf, type OutboxRow } from './window.js';

const POLL_SHORTEST_MS = 5;
const POLL_LONGEST_MS = 200;
/** The longest that a busy relay lets a window gather, and for how many messages: what a window costs is shared by what is in it. */
const GATHER_MS = 25;
const GATHER_MS_PER_MESSAGE = 0.2;
const LEAD_AGAIN_MS = 1_000;
/**
 * The relay's few statements are planned once: for each window that was most of their cost. The planner cannot know how few rows are new,
 * so it is told to go by the indexes, of transactions for a new window and of ids for a page.
 */
const PLANS_OF_THE_RELAY =
  '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c max_parallel_workers_per_gather=0';
const REFUSED_AGAIN_MS = 5_000;

export interface RelayParts {
  readonly service: string;
  /** The service's database as its infrastructure role. */
  readonly url: string;
  readonly infrastructure: PostgresPool;
  readonly roadLog: RoadLog;
  readonly wake: Signal;
  readonly metrics: RoadMetrics;
  readonly log: Log;
  /** The lock's session ends by itself when its holder falls silent for so long (road 1.5). */
  readonly lockIdleSeconds: number;
  readonly epochs: Epochs;
  /** How many messages are numbered, sent and booked at a time. */
  readonly rowsPerPage: number;
}

/**
 * Carries a service's outbox onto the log (architecture rule 1). One replica leads, by an advisory lock on a session of its own; it opens
 * a window, saves it, sends its pages with numbers that any later leader would draw again, and closes it. A leader that lost its
 * lock unknowingly sends the same numbers once more, and readers drop them.
 */
export class Relay {
  private stopping = false;
  private running: Promise<void> = Promise.resolve();
  private refusedUntil = 0;

  constructor(private readonly parts: RelayParts) {}

  start(): void {
    this.running = this.run();
  }

  /** Finishes the page in hand and gives the lead up. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.parts.wake.give();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.leadOnce();
      } catch (error) {
        this.parts.metrics.leading.set(0);
        const lost = error instanceof LeadLost;
        this.parts.log.warn(lost ? 'road.relay.lead-lost' : 'road.relay.failed', {
          error: error instanceof Error ? error : new Error(String(error)),
          retryInMs: LEAD_AGAIN_MS,
        });
      }
      if (!this.stopping) await this.parts.wake.wait(LEAD_AGAIN_MS);
    }
  }

  private async leadOnce(): Promise<void> {
    let ended = false;
    const { service, url, lockIdleSeconds } = this.parts;
    const session = await openSession({
      url,
      name: relaySessionOf(service),
      idleSeconds: lockIdleSeconds,
      settings: PLANS_OF_THE_RELAY,
      onEnd: () => (ended = true),
    });
    try {
      while (!this.stopping && !(await tryLock(session))) await this.parts.wake.wait(LEAD_AGAIN_MS);
      if (this.stopping) return;
      const book = new RelayBook(this.parts.roadLog.bookPool(this.parts), service);
      const state = await this.parts.epochs.settle(session, book, await book.takeLead());
      this.parts.metrics.leading.set(1);
      this.parts.log.info('road.relay.leads', { token: state.token, epoch: state.epoch, openWindow: state.open !== null });
      let leads = true;
      void this.parts.epochs.tellUntilTold(() => leads && !this.stopping);
      await this.lead(session, book, state, () => ended).finally(() => (leads = false));
    } finally {
      this.parts.metrics.leading.set(0);
      await session.end().catch(() => undefined); // it may have ended by itself, which is why we are here
    }
  }

  private async lead(session: PostgresClient, book: RelayBook, state: BookState, ended: () => boolean): Promise<void> {
    let idleMs = POLL_SHORTEST_MS;
    while (!this.stopping && !ended()) {
      const published = await this.turn(session, book, state);
      if (published !== null) {
        idleMs = POLL_SHORTEST_MS;
        await gather(published);
        continue;
      }
      await this.parts.wake.wait(idleMs);
      idleMs = Math.min(idleMs * 2, POLL_LONGEST_MS);
    }
    if (ended()) throw new Error("The session of the relay's lock has ended.");
  }

  /** Publishes one window, the one left open first. @returns how many messages were in its last page, null when there was no window */
  private async turn(session: PostgresClient, book: RelayBook, state: BookState): Promise<number | null> {
    await this.tryRefusedAgain(session, book, state);
    let firstId: bigint | null;
    if (state.open === null) {
      const next = await nextWindow(session, state.closed);
      if (!next) return null;
      await book.open(state, next.snapshot);
      this.parts.metrics.windows.inc();
      firstId = next.firstId;
    } else {
      firstId = await firstOf(session, state.closed, state.open);
    }
    return this.publish(session, book, state, firstId);
  }

  private async publish(session: PostgresClient, book: RelayBook, state: BookState, firstId: bigint | null): Promise<number> {
    let above = (firstId ?? 1n) - 1n;
    for (;;) {
      const page = await pageOf(session, { closed: state.closed, open: state.open!, above, limit: this.parts.rowsPerPage });
      const { messages, progress } = this.draw(state, page.rows);
      killPoints.sending.publish(this.parts.service);
      await this.parts.roadLog.append(messages, async (refusals, on, ends) => {
        const booked = afterSending(state, progress, refusals, ends);
        await book.save(state, booked, page.isLast, on, lastSentOf(page.rows));
        this.note(state, messages, booked, refusals);
      });
      if (page.isLast) return messages.length;
      above = page.rows.at(-1)!.id;
      killPoints.betweenPages.publish(this.parts.service);
      if (this.stopping) return messages.length; // the window is saved and stays open: the next start, or another replica, goes on in it
    }
  }

  /** Numbers by rank of id above what the book says; rows already booked in this window keep the number they had. */
  private draw(state: BookState, rows: readonly OutboxRow[]): { messages: OutgoingMessage[]; progress: Progress[] } {
    const messages: OutgoingMessage[] = [];
    const moved = new Map<string, Progress>();
    for (const row of rows) {
      const name = nameOf(row);
      const known = moved.get(name) ?? state.partitions.get(name);
      if (known?.lag) continue; // its own window comes first
      if (known && known.windowNumber === state.windowNumber && row.id <= known.lastId) continue;
      const number = (known?.number ?? 0n) + 1n;
      moved.set(name, {
        topic: row.topic,
        partition: row.partition,
        number,
        windowNumber: state.windowNumber,
        lastId: row.id,
        lag: null,
        logEnd: known?.logEnd ?? null,
      });
      messages.push(numbered(row, state.epoch, number));
    }
    return { messages, progress: [...moved.values()] };
  }

  private note(state: BookState, messages: readonly OutgoingMessage[], booked: readonly Progress[], refusals: readonly Refusal[]): void {
    for (const one of booked) state.partitions.set(nameOf(one), one);
    for (const refusal of refusals) {
      this.refusedUntil = Date.now() + REFUSED_AGAIN_MS;
      this.parts.metrics.refused.set({ topic: refusal.topic, partition: refusal.partition }, 1);
      this.parts.log.error('road.relay.partition-refused', {
        topic: refusal.topic,
        partition: refusal.partition,
        error: refusal.because,
        retryInMs: REFUSED_AGAIN_MS,
      });
    }
    const refused = new Set(refusals.map(nameOf));
    for (const message of messages) if (!refused.has(nameOf(message))) this.parts.metrics.relayed.inc({ topic: message.topic });
  }

  /** A refused partition keeps its own window, finishes it, takes the difference to the service's, and rejoins. */
  private async tryRefusedAgain(session: PostgresClient, book: RelayBook, state: BookState): Promise<void> {
    if (state.open !== null || Date.now() < this.refusedUntil) return;
    for (const lagging of [...state.partitions.values()].filter((one) => one.lag !== null)) {
      if (!(await this.catchUp(session, book, state, lagging))) this.refusedUntil = Date.now() + REFUSED_AGAIN_MS;
    }
  }

  private async catchUp(session: PostgresClient, book: RelayBook, state: BookState, lagging: Progress): Promise<boolean> {
    for (;;) {
      const { closed, open } = lagging.lag!;
      const page = await pageOf(session, { closed, open, above: lagging.lastId, limit: this.parts.rowsPerPage }, lagging);
      let number = lagging.number;
      const messages = page.rows.map((row) => numbered(row, state.epoch, ++number));
      if (page.rows.length > 0) {
        const sent = { ...lagging, number, lastId: page.rows.at(-1)!.id };
        let refused = false;
        await this.parts.roadLog.append(messages, async (refusals, on, ends) => {
          refused = refusals.length > 0;
          sent.logEnd = ends?.get(nameOf(sent)) ?? sent.logEnd ?? null;
          if (!refused) await book.save(state, [sent], false, on);
        });
        if (refused) return false;
        lagging = sent;
      }
      if (page.isLast) {
        const caughtUp = open === state.closed;
        lagging = { ...lagging, lastId: 0n, windowNumber: 0n, lag: caughtUp ? null : { closed: open, open: state.closed } };
        await book.save(state, [lagging], false);
        if (caughtUp) {
          this.parts.metrics.refused.set({ topic: lagging.topic, partition: lagging.partition }, 0);
          this.parts.log.info('road.relay.partition-accepted', { topic: lagging.topic, partition: lagging.partition });
        }
      }
      state.partitions.set(nameOf(lagging), lagging);
      if (lagging.lag === null) return true;
      if (this.stopping) return false;
    }
  }
}

/** A lone message goes at once, and so does the one after it; in a stream the next window waits for company. */
async function gather(published: number): Promise<void> {
  const ms = Math.min(GATHER_MS, Math.floor(published * GATHER_MS_PER_MESSAGE));
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

async function tryLock(session: PostgresClient): Promise<boolean> {
  const { rows } = await session.query<{ locked: boolean }>(`select pg_try_advisory_lock(hashtextextended('turnpike relay', 0)) as locked`);
  return rows[0]?.locked === true;
}

function nameOf(one: { topic: string; partition: number }): string {
  return `${one.topic}/${one.partition}`;
}

/** What proves later that the database has not been set back: it has this row. */
function lastSentOf(rows: readonly OutboxRow[]): LastSent | null {
  const last = rows.at(-1);
  return last ? { id: last.id, message: last.headers['ce_id'] ?? '', at: new Date(last.headers['ce_time'] ?? 0) } : null;
}

/** The progress to save: what was sent moves on; what was refused stays where it was, with a window of its own from here. */
function afterSending(
  state: BookState,
  progress: readonly Progress[],
  refusals: readonly Refusal[],
  ends: ReadonlyMap<string, bigint> = new Map(),
): Progress[] {
  const refused = new Set(refusals.map(nameOf));
  return progress.map((moved) => {
    moved.logEnd = ends.get(nameOf(moved)) ?? moved.logEnd ?? null;
    if (!refused.has(nameOf(moved)) || state.open === null) return moved;
    const before = state.partitions.get(nameOf(moved)) ?? { ...moved, number: 0n, windowNumber: 0n, lastId: 0n };
    return {
      ...before,
      lastId: before.windowNumber === state.windowNumber ? before.lastId : 0n,
      lag: { closed: state.closed, open: state.open },
    };
  });
}
