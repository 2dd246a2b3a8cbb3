import { TOPICS, writerOf } from '@turnpike/contracts-events';
import { inTransaction, type Log, type PostgresClient, type PostgresPool } from '@turnpike/service';
import { FIRST_EPOCH } from './first-epoch.js';
import { type Life, Lives } from './life.js';
import { layMarkers } from './markers.js';
import type { BookState, Progress, RelayBook } from './relay-book.js';
import type { FoundMessage, RoadLog } from './road-log.js';
import type { Signal } from './signal.js';

const TELL_AGAIN_MS = 5_000;

/** Who tells a service's whole state: its announce-all. */
export interface WholeStateTeller {
  /** Tells everything, in the present epoch. @returns whether all of it was told */
  tellEverything(): Promise<boolean>;
}

/** The name of the session that a service's relay leads by. */
export function relaySessionOf(service: string): string {
  return `turnpike ${service} relay`;
}

export interface EpochsParts {
  readonly service: string;
  /** The service's database as its infrastructure role. */
  readonly infrastructure: PostgresPool;
  readonly roadLog: RoadLog;
  readonly wake: Signal;
  readonly log: Log;
}

/**
 * A writer's side of new epochs (road 2.0 b–e): whoever takes the lead first finds out whether this database is the one that the book and
 * the log were written from. If it was set back, a new epoch begins, and everything is told again in it.
 */
export class Epochs {
  private readonly lives: Lives;
  private readonly startedAt = new Date();
  private teller: WholeStateTeller | null = null;

  constructor(private readonly parts: EpochsParts) {
    this.lives = new Lives(parts.infrastructure);
  }

  /** Names who tells everything when an epoch begins; a service without one has no state of its own to tell. */
  toldBy(teller: WholeStateTeller): void {
    this.teller = teller;
  }

  async current(): Promise<number> {
    return Number((await this.lives.read()).epoch);
  }

  /** Somebody knows that the database was set back: whoever leads has to look again. */
  async want(book: RelayBook, because: string): Promise<void> {
    await this.lives.want(because);
    await this.unseat(book);
  }

  /** The same, from a finding that an epoch begun since the start of this process explains. */
  async wantUnlessBegun(book: RelayBook, because: string): Promise<void> {
    if (await this.lives.wantUnlessBegun(because, this.startedAt)) await this.unseat(book);
  }

  /** Whichever replica leads can save nothing any more; and one that has nothing to save learns it by the end of its lock's session. */
  private async unseat(book: RelayBook): Promise<void> {
    await book.unseat();
    await this.parts.infrastructure.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = current_user and application_name = $1',
      [relaySessionOf(this.parts.service)],
    );
    this.parts.wake.give();
  }

  /** What a new leader does before it sends anything. @returns the book as it is to be used */
  async settle(session: PostgresClient, book: RelayBook, state: BookState): Promise<BookState> {
    const { lives, parts } = this;
    const [life, server, log] = [await lives.read(), await lives.server(), await parts.roadLog.name()];
    const topics = this.topicsOf(state);
    const known = new Map([...state.partitions].map(([name, { logEnd }]) => [name, logEnd ?? 0n]));
    const { messages: found, ends } = await parts.roadLog.unbooked(topics, known);
    let settled = state;
    if (life.isInBook) {
      const because = (await lives.setBack(session, life, state, server, log)) ?? (await this.stranger(session, state, found));
      if (because !== null) {
        const highest = [life.epoch, state.epoch, ...found.map(({ epoch }) => epoch)].reduce((one, other) => (one > other ? one : other));
        const epoch = await lives.begin(state, highest, topics);
        parts.log.warn('road.epoch.begun', { epoch, before: highest, because, next: 'everything is told again' });
        settled = await this.adopt(book, state, await lives.read(), found, ends);
      }
    } else settled = await this.adopt(book, state, life, found, ends);
    await lives.livedOn(server, log);
    for (const [name, end] of ends) {
      const progress = settled.partitions.get(name);
      if (progress) progress.logEnd = end;
    }
    return settled;
  }

  /** Tells everything in an epoch that has not been told whole; for whoever leads, as long as it does. */
  async tellUntilTold(stillLeads: () => boolean): Promise<void> {
    while (stillLeads()) {
      try {
        const { epoch, isTold } = await this.lives.read();
        if (isTold) return;
        if (this.teller === null) await this.lives.told(epoch);
        else if (await this.teller.tellEverything()) return;
      } catch (error) {
        this.parts.log.warn('road.epoch.not-told', {
          error: error instanceof Error ? error : new Error(String(error)),
          retryInMs: TELL_AGAIN_MS,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, TELL_AGAIN_MS).unref());
    }
  }

  /**
   * Ends what a run has told: behind its last message, on every partition of these topics. In the first epoch there is nothing earlier.
   * @param epoch that the run began in; in another one by now, its messages are of two
   * @param isEverything the service has no other topics of state
   * @returns whether it is still that epoch
   */
  async ended(epoch: number, topics: readonly string[], isEverything: boolean): Promise<boolean> {
    if (epoch === FIRST_EPOCH) return true;
    const isStill = await inTransaction(this.parts.infrastructure, async (client) => {
      const { rows } = await client.query('select 1 from life where epoch = $1 for update', [String(epoch)]);
      if (rows.length === 0) return false;
      await layMarkers(client, 'epoch-told', topics);
      if (isEverything) await client.query('update life set is_told = true');
      return true;
    });
    this.parts.wake.give();
    return isStill;
  }

  private async adopt(
    book: RelayBook,
    state: BookState,
    life: Life,
    found: readonly FoundMessage[],
    ends: ReadonlyMap<string, bigint>,
  ): Promise<BookState> {
    if (life.snapshot === null) throw new Error('An epoch was begun without its snapshot.');
    const numbers = new Map<string, Progress>();
    for (const { topic, partition, number } of found) {
      const name = `${topic}/${partition}`;
      const before = numbers.get(name)?.number ?? state.partitions.get(name)?.number ?? 0n;
      const logEnd = ends.get(name) ?? null;
      numbers.set(name, { topic, partition, number: number > before ? number : before, windowNumber: 0n, lastId: 0n, lag: null, logEnd });
    }
    const adopted = await book.beginEpoch(state, life.epoch, life.snapshot, [...numbers.values()]);
    await this.lives.inBook(life.epoch);
    return adopted;
  }

  /** A message on the log under a number that this database has not drawn, or in an epoch that it has not lived. */
  private async stranger(session: PostgresClient, state: BookState, found: readonly FoundMessage[]): Promise<string | null> {
    const beyond = found.filter(
      ({ topic, partition, epoch, number }) =>
        epoch > state.epoch || (epoch === state.epoch && number > (state.partitions.get(`${topic}/${partition}`)?.number ?? 0n)),
    );
    if (beyond.length === 0) return null;
    const { rows } = await session.query<{ id: string }>('select message_id as id from outbox where message_id = any($1::uuid[])', [
      beyond.map(({ id }) => id),
    ]);
    const ours = new Set(rows.map((row) => row.id));
    const stranger = beyond.find(({ id }) => !ours.has(id));
    if (!stranger) return null;
    const { id, topic, partition, epoch, number } = stranger;
    return `${topic}/${partition} has number ${number} of epoch ${epoch} (${id}), which this database has not told`;
  }

  private topicsOf(state: BookState): string[] {
    const own = TOPICS.map(({ name }) => name).filter((name) => writerOf(name) === this.parts.service);
    return [...new Set([...own, ...[...state.partitions.values()].map(({ topic }) => topic)])].sort();
  }
}
