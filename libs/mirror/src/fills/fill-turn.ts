import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Log, Transaction } from '@turnpike/service';
import type { MirroredKind } from '../mirrored-kind.js';
import type { StripeClients } from '../fetching.js';
import type { ListWalk } from '../list-walk.js';
import type { MirrorMetrics } from '../mirror.metrics.js';
import type { MirroredRows } from '../mirrored-rows.js';
import { Fill } from './fill.entity.js';
import type { LeasedFill } from './fill-queue.js';
import type { Fills } from './fills.service.js';
import { countsOf, type ListedPage, type TakenPage, takePage } from './listed-page.js';
import { clocksOf, doubtMissing, secondsBetweenPages } from './held-objects.js';
import { afterPage, type Segment, split, splitAt, widest, withoutCursor } from './segment.rules.js';
import { LeaseLost, Segments } from './segments.js';
import { CursorGone, pageOf } from './walked-list.js';

/** How many parts of one list are read side by side by a fill. A comparison reads one. */
const SEGMENTS_AT_ONCE = 6;
/** A reader that has nothing to do looks again after so long, while others read. */
const LOOK_FOR_MORE_MS = 50;
/** A turn is over after so long, so that other walks have theirs. */
const TURN_MS = 20_000;
const TRIES_TO_STORE = 5;
/** What names another kind waits for it: asked again after so long. */
const WAITS_FOR_OTHERS_SECONDS = 1;

export interface TurnParts {
  readonly database: Database;
  readonly rows: MirroredRows;
  readonly kinds: ReadonlyMap<string, MirroredKind>;
  readonly fills: Fills;
  readonly stripe: StripeClients;
  readonly metrics: MirrorMetrics;
  readonly log: Log;
  readonly compareWithinDays: number;
  /** True: stop at the next page. */
  readonly isStopping: () => boolean;
}

/** Seconds until its next turn; null: it has ended. */
export type NextTurn = number | null;

/** One turn of one walk: pages are asked for outside any transaction, and each is stored in one, with the place that it ends at. */
export class FillTurn {
  private readonly endsAt = Date.now() + TURN_MS;
  private readonly segments: Segments;
  private readonly busy = new Set<number>();
  private all: Segment[] = [];
  private isOver = false;

  constructor(
    private readonly parts: TurnParts,
    private readonly leased: LeasedFill,
  ) {
    this.segments = new Segments(leased.scope, leased.fillId);
  }

  /** @throws what Stripe's SDK throws when a page cannot be had; LeaseLost */
  async run(): Promise<NextTurn> {
    const fill = await this.transaction(() => this.load());
    if (fill.finishedAt !== null) return null;
    const next = await this.goOn(fill);
    if (next !== null && fill.failureCode !== null) await this.note(null, null);
    return next;
  }

  private async goOn(fill: Fill): Promise<NextTurn> {
    const kind = this.parts.kinds.get(fill.objectType);
    if (!kind?.walk) throw new Error(`Nothing here lists objects of the type ${fill.objectType}.`);
    if (fill.state === 'waiting' && !(await this.begin(kind, kind.walk))) return WAITS_FOR_OTHERS_SECONDS;

    if (fill.state !== 'checking') {
      await this.readList(kind, kind.walk, fill);
      if (this.left().length > 0)
        return fill.purpose === 'fill'
          ? 0
          : this.transaction((transaction) => secondsBetweenPages(transaction, fill, this.parts.compareWithinDays));
    }
    if (!(await this.checkMissing(kind))) return 0;
    await this.end('finished', { failureCode: null, failure: null });
    return null;
  }

  /** The walk cannot go on, for good. */
  async fail(code: string, message: string): Promise<void> {
    await this.end('failed', { failureCode: code, failure: message });
  }

  /** It will be tried again; meanwhile it says what it waits for. */
  async note(code: string | null, message: string | null): Promise<void> {
    await this.transaction(async () => Object.assign(await this.load(), { failureCode: code, failure: message }));
  }

  /** @returns false: other kinds are to be walked first */
  private begin(kind: MirroredKind, walk: ListWalk): Promise<boolean> {
    return this.transaction(async (transaction) => {
      const fill = await this.load();
      const { organization, environment, connectionId } = fill;
      const own = { organization, environment, connectionId };
      const before = { ...own, objectType: { $in: [...(walk.after ?? [])] }, purpose: 'fill' as const, finishedAt: null };
      if (fill.purpose === 'fill' && (await transaction.em.count(Fill, before)) > 0) return false;
      const clocks = walk.isPerClock ? await clocksOf(transaction, fill) : [];
      for (const [n, clockId] of [null, ...clocks].entries())
        await this.segments.add(transaction, { n, clockId, fromAt: null, toAt: null });
      Object.assign(fill, { state: 'walking', startedAt: new Date(), failureCode: null, failure: null });
      this.parts.log.info('stripe.fill.began', {
        ...this.facts(),
        connectionId,
        kind: kind.type,
        purpose: fill.purpose,
        because: fill.because,
      });
      return true;
    });
  }

  /** A comparison reads one page; a fill all it can in its time, with several readers. */
  private async readList(kind: MirroredKind, walk: ListWalk, fill: Fill): Promise<void> {
    this.all = await this.transaction((transaction) => this.segments.all(transaction));
    if (fill.purpose === 'comparison') {
      const [segment] = this.left();
      if (segment) await this.readPage(kind, walk, fill, segment);
      return;
    }
    const readers = Array.from({ length: SEGMENTS_AT_ONCE }, () => this.read(kind, walk, fill));
    for (const end of await Promise.allSettled(readers)) if (end.status === 'rejected') throw end.reason;
  }

  /** One reader: page after page of a part that nobody else reads, then the next part, or half of somebody's. */
  private async read(kind: MirroredKind, walk: ListWalk, fill: Fill): Promise<void> {
    try {
      while (!this.isOver && Date.now() < this.endsAt && !this.parts.isStopping()) {
        const segment = await this.next(walk);
        if (segment) await this.readPage(kind, walk, fill, segment);
        else if (walk.takesCreated && this.busy.size > 0) await pause(LOOK_FOR_MORE_MS);
        else return;
      }
    } catch (error) {
      // The others need not go on: what stopped this one will stop them.
      this.isOver = true;
      throw error;
    }
  }

  /** A part that nobody reads, from now on this reader's: one that is left, or half of somebody's. */
  private async next(walk: ListWalk): Promise<Segment | null> {
    const free = this.left().find(({ n }) => !this.busy.has(n)) ?? null;
    if (free) this.busy.add(free.n);
    return free ?? (walk.takesCreated ? this.divided() : null);
  }

  /** Of a part that is this reader's, which is then free again. */
  private async readPage(kind: MirroredKind, walk: ListWalk, fill: Fill, segment: Segment): Promise<void> {
    try {
      const lane = fill.purpose === 'fill' ? 'backfill' : 'sync';
      const stripe = await this.parts.stripe.client(this.leased.scope, fill.connectionId, lane);
      const page = await pageOf(kind, walk, stripe, segment);
      await this.store(kind, fill, segment.n, page);
    } catch (error) {
      if (!(error instanceof CursorGone)) throw error;
      this.put(withoutCursor(this.one(segment.n), walk.takesCreated));
    } finally {
      this.busy.delete(segment.n);
    }
  }

  /** Stores a page and the place that it ends at, together: what is cut off between two pages is asked for again, and nothing else. */
  private async store(kind: MirroredKind, fill: Fill, n: number, page: ListedPage): Promise<void> {
    const last = page.entries.at(-1);
    const stored = { last: last ? { id: last.stripeId, createdAt: last.createdAt } : null, hasMore: page.hasMore };
    await this.again(async () => {
      const moved = afterPage(this.one(n), stored);
      const now = new Date();
      const { segment, taken } = await this.transaction(async (transaction) => {
        const parts = { transaction, rows: this.parts.rows, kind, scope: this.leased.scope, fill, now };
        const outcome = await takePage(parts, page);
        return { segment: await this.segments.move(transaction, moved, countsOf(outcome.outcomes)), taken: outcome };
      });
      // Its older half may have been given away meanwhile.
      this.put({ ...segment, fromAt: this.one(n).fromAt });
      this.tell(kind, fill, taken);
    });
  }

  /** Half of the part that has the longest time left; null: nothing is worth dividing, or the last division has yet to prove that it was. */
  private async divided(): Promise<Segment | null> {
    const isTrying = this.left().some(({ clockId, n, pages }) => n > 0 && clockId === null && pages === 0);
    const busy = isTrying ? null : widest(this.left());
    const at = busy && splitAt(busy);
    if (!busy || at === null) return null;
    const { newer, older } = split(busy, at, this.all.length);
    this.busy.add(older.n);
    this.all = [...this.all, older];
    try {
      await this.transaction((transaction) => this.segments.divide(transaction, newer, older));
    } catch (error) {
      this.all = this.all.filter((one) => one.n !== older.n);
      this.busy.delete(older.n);
      throw error;
    }
    this.put({ ...this.one(newer.n), fromAt: newer.fromAt });
    return older;
  }

  /** Puts in doubt what we hold and the list did not show, a page at a time. @returns whether all is done */
  private async checkMissing(kind: MirroredKind): Promise<boolean> {
    for (;;) {
      if (this.parts.isStopping() || Date.now() > this.endsAt) return false;
      const isDone = await this.again(() => this.transaction((transaction) => this.checkPage(transaction, kind)));
      if (isDone) return true;
    }
  }

  private async checkPage(transaction: Transaction, kind: MirroredKind): Promise<boolean> {
    const fill = await this.load();
    const { doubted, isDone } = await doubtMissing(transaction, this.parts.rows, kind, fill);
    if (fill.purpose === 'comparison')
      transaction.afterCommit('differences', () => this.parts.metrics.differences.inc({ type: kind.type, because: 'missing' }, doubted));
    return isDone;
  }

  private async end(state: 'finished' | 'failed', failure: Pick<Fill, 'failureCode' | 'failure'>): Promise<void> {
    const ended = await this.transaction(async (transaction) => {
      const fill = await this.load();
      if (fill.finishedAt !== null) return null;
      const now = new Date();
      Object.assign(fill, { state, ...failure, ...(await this.segments.sums(transaction)), finishedAt: now });
      await this.segments.removeAll(transaction);
      await this.parts.fills.ended(fill, now);
      return fill;
    });
    if (!ended) return;
    const { connectionId, objectType: kind, purpose, found, taken, doubted, missing } = ended;
    this.parts.log.info(`stripe.fill.${state}`, {
      ...this.facts(),
      connectionId,
      kind,
      purpose,
      found,
      taken,
      doubted,
      missing,
      ...failure,
    });
  }

  /** Once it is durable. */
  private tell(kind: MirroredKind, fill: Fill, { outcomes, differences }: TakenPage): void {
    for (const outcome of outcomes) this.parts.metrics.listed.inc({ type: kind.type, outcome });
    for (const { stripeId, because } of differences) {
      this.parts.metrics.differences.inc({ type: kind.type, because });
      this.parts.log.warn('stripe.difference.found', {
        ...this.facts(),
        connectionId: fill.connectionId,
        kind: kind.type,
        objectId: stripeId,
        because,
      });
    }
  }

  private async load(): Promise<Fill> {
    const { organization, environment } = this.leased.scope;
    return this.parts.database.current().em.findOneOrFail(Fill, { organization, environment, id: this.leased.fillId });
  }

  private transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.parts.database.transaction(this.leased.scope.organization, work);
  }

  /** Tried again when it meets another writer. */
  private async again<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (tries === TRIES_TO_STORE || error instanceof LeaseLost) throw error;
        await pause(Math.random() * 100 * tries);
      }
    }
  }

  private left(): Segment[] {
    return this.all.filter(({ isDone }) => !isDone);
  }

  private one(n: number): Segment {
    const segment = this.all.find((one) => one.n === n);
    if (!segment) throw new Error(`There is no segment ${n}.`);
    return segment;
  }

  private put(segment: Segment): void {
    this.all = this.all.map((one) => (one.n === segment.n ? segment : one));
  }

  private facts(): { organization: string; fillId: string } {
    return { organization: this.leased.scope.organization, fillId: this.leased.fillId };
  }
}
