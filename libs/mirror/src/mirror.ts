import { type EventOf, type Scope, type StripeEventReceived, withoutScope } from '@turnpike/contracts-events';
import { lockKeys } from '@turnpike/messaging';
import { type Database, type Log, openPool, PoolMetrics, type PostgresPool } from '@turnpike/service';
import {
  afterEvent,
  afterFetch,
  type Decision,
  type FetchAnswer,
  isJsonObject,
  type JsonObject,
  type Known,
  type OutsideReason,
  whatToDoWith,
} from '@turnpike/stripe';
import type { Registry } from 'prom-client';
import { type FetchedAnswer, toldBy } from './fetched-answer.js';
import { FetchQueue, giveBack, type Leased, wishUnverified } from './fetch-queue.js';
import { Fetching, type StripeClients } from './fetching.js';
import { Filling } from './fills/filling.js';
import { FillQueue } from './fills/fill-queue.js';
import { Fills } from './fills/fills.service.js';
import { addMirrorGauges } from './mirror-gauges.js';
import { MirrorMetrics } from './mirror.metrics.js';
import { deletedAtAfter, deletedAtAfterFetch } from './mirrored-object.rules.js';
import type { MirroredKind } from './mirrored-kind.js';
import { MirroredRows } from './mirrored-rows.js';
import { kindOf, locksIn, namesIn, ObjectsByType } from './named-objects.js';
import { orderKeyOf, type StripeObject } from './stripe-object.js';

/** An event as the road hands it over. */
export type Heard = Pick<EventOf<typeof StripeEventReceived>, 'scope' | 'data'>;

export interface MirrorParts {
  readonly service: string;
  readonly database: Database;
  /** The service's database as its infrastructure role: `config.INFRASTRUCTURE_DATABASE_URL`. */
  readonly infrastructureUrl: string;
  readonly stripe: StripeClients;
  readonly registry: Registry;
  readonly log: Log;
  readonly kinds: readonly MirroredKind[];
  readonly leaseSeconds?: number;
  /** Days between the beginnings of two comparisons with Stripe's lists; fractions are allowed, 0: there are none. */
  readonly compareWithinDays?: number;
}

/** Reasons that another key may do away with. */
const FOR_WANT_OF_A_KEY = ['unauthorized', 'no-permission'];

/**
 * What a service knows of Stripe's objects (architecture rule 5). A webhook is a hint: each event is judged by the pure rules of libs/stripe
 * against what is known of its object, the object remembers it, and its kind shows what may be shown. What is in doubt is looked up at
 * Stripe, and the answer is shown. Any order, any duplicates and any drops end in the same rows.
 *
 * A service gives it tables (`mirrorTables` in a migration, `MirroredObject` among its entities), its kinds, and one door:
 *
 *     const mirror = new Mirror({ service, database, infrastructureUrl, stripe: new StripeAccess(config), registry, log, kinds });
 *
 *     // on-stripe-event-received.ts
 *     prepare = (events) => mirror.prepare(events);
 *     @OnTopic(StripeEventReceived, { alsoLocks }) handle = ({ scope, data }) => mirror.hear(scope, data, new Date());
 *     buried = (event, { scope, key }) => mirror.doubt(scope, key, event?.data.type ?? null, new Date());
 *
 * `alsoLocks` is `locksOf(kinds, event)`. As a provider of the app's module it starts and stops with it. After a write of the service's
 * own to Stripe it calls `suspect(…, 'own-write')`: the answer of that call may already be old.
 */
export class Mirror {
  private readonly rows: MirroredRows;
  private readonly kinds: ReadonlyMap<string, MirroredKind>;
  private readonly infrastructure: PostgresPool;
  private readonly metrics: MirrorMetrics;
  private readonly fetching: Fetching;
  private readonly filling: Filling;
  /** Walks through Stripe's lists: asked for, and how far they have come. */
  readonly fills: Fills;

  constructor(private readonly parts: MirrorParts) {
    const { log, registry, service } = parts;
    this.kinds = new Map(parts.kinds.map((kind) => [kind.type, kind]));
    this.rows = new MirroredRows(parts.database, this.kinds, (at) => this.fetching.wakeAt(at));
    this.metrics = new MirrorMetrics(registry);
    this.infrastructure = openPool({
      url: parts.infrastructureUrl,
      name: `turnpike ${service} mirror`,
      size: 3,
      onError: (error) => log.warn('stripe.fetch.database.connection-lost', { error }),
    });
    PoolMetrics.of(registry).watch('mirror', this.infrastructure);
    addMirrorGauges(registry, this.infrastructure);
    this.fetching = new Fetching({
      queue: new FetchQueue(this.infrastructure),
      ask: (leased) => this.ask(leased),
      settle: (leased, answer) => this.settle(leased, answer),
      metrics: this.metrics,
      service,
      log,
      ...(parts.leaseSeconds === undefined ? {} : { leaseSeconds: parts.leaseSeconds }),
    });
    const { database, kinds, stripe } = parts;
    const compareWithinDays = parts.compareWithinDays ?? 0;
    this.fills = new Fills({ database, kinds, compareWithinDays, wake: () => this.filling.wake() });
    this.filling = new Filling({
      ...{ database, stripe, log, compareWithinDays, rows: this.rows, kinds: this.kinds, fills: this.fills, metrics: this.metrics },
      queue: new FillQueue(this.infrastructure),
      ...(parts.leaseSeconds === undefined ? {} : { leaseSeconds: parts.leaseSeconds }),
    });
  }

  /** Nest's: objects in doubt are looked up, and lists walked, from now on. */
  onApplicationBootstrap(): void {
    this.fetching.start();
    this.filling.start();
  }

  /** Nest's, before the database closes: waits for what is under way. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.fetching.stop(), this.filling.stop()]);
    await this.infrastructure.end();
  }

  /** Reads ahead all that `hear` will ask for when it is given these events, one statement each table. Call with their keys locked. */
  async prepare(events: readonly Heard[]): Promise<void> {
    const met = new ObjectsByType();
    const named = new ObjectsByType();
    for (const { scope, data: event } of events) {
      const kind = kindOf(this.parts.kinds, event.type);
      if (!kind || event.objectId === null) continue;
      const object = { scope, connectionId: event.connectionId, stripeId: event.objectId };
      met.add(kind.type, object);
      for (const one of namesIn(kind, event.object)) named.add(one.type, { ...object, stripeId: one.stripeId });
    }
    await this.rows.readAhead(met, named);
  }

  /** One event. Types that tell of other objects than this service's pass without a trace but their count. */
  async hear(scope: Scope, event: StripeEventReceived, now: Date): Promise<void> {
    const kind = kindOf(this.parts.kinds, event.type);
    if (!kind || event.objectId === null) return this.count(event, 'not-ours', null);
    const object = { scope, connectionId: event.connectionId, stripeId: event.objectId };
    const row = await this.rows.of(kind.type, object);
    const before = row?.known ?? null;
    const change = kind.normalise(event);
    const decision = whatToDoWith(change, before);
    this.count(event, decision.do, 'because' in decision ? decision.because : null);
    if (decision.do === 'known') return;

    const known = afterEvent(before, change, decision, now.getTime());
    const deletedAt = deletedAtAfter(row?.deletedAt ?? null, known, change, decision);
    this.rows.remember(kind.type, object, row, { known, deletedAt, now });
    for (const named of namesIn(kind, event.object)) await this.rows.meet(named.type, { ...object, stripeId: named.stripeId }, now);
    await kind.show(object, { known, before, deletedAt, stamp: change.created, isFetched: false, change, now });
  }

  /**
   * A message about an object was buried: what it said is lost to the mirror, so the object is in doubt until it is looked up (road 2.7).
   * @param key `organization/environment/connection/object`: all that is known when the message could not even be read
   * @param eventType Stripe's event type, null when it could not be read
   */
  async doubt(scope: Scope, key: string, eventType: string | null, now: Date): Promise<void> {
    const [connectionId, stripeId] = withoutScope(key).split('/');
    if (!connectionId || !stripeId) return;
    const kind =
      eventType === null
        ? this.parts.kinds.find(({ idPrefix }) => idPrefix !== null && stripeId.startsWith(idPrefix))
        : kindOf(this.parts.kinds, eventType);
    if (kind) await this.suspect(kind.type, { scope, connectionId, stripeId }, 'burial', now);
  }

  /** Puts an object in doubt for a reason that no event carries. Call in a transaction, with its order key locked (`orderKeyOf`). */
  async suspect(type: string, object: StripeObject, because: OutsideReason, now: Date): Promise<void> {
    await this.rows.suspect(type, object, because, now);
  }

  /** Something names this object. If nothing was ever heard of it, it is remembered as a stub, shown as such, and looked up soon. */
  async meet(type: string, object: StripeObject, now: Date): Promise<void> {
    await this.rows.meet(type, object, now);
  }

  /**
   * A connection has a good key again: what could not be looked up for want of one is looked up now. Call in a transaction. An object is
   * shown as before until its answer is there.
   */
  async retryUnverified(scope: Scope, connectionId: string, now: Date): Promise<void> {
    const transaction = this.parts.database.current();
    const wished = await wishUnverified(transaction, scope, connectionId, FOR_WANT_OF_A_KEY, now);
    if (wished > 0) transaction.afterCommit('stripe fetches retried', () => this.fetching.wakeAt(now.getTime()));
  }

  private async ask({ object, type }: Leased): Promise<{ object: JsonObject; date: number | null }> {
    const stripe = await this.parts.stripe.client(object.scope, object.connectionId, 'sync');
    const kind = this.kinds.get(type);
    if (!kind) throw new Error(`Nothing here mirrors objects of the type ${type}.`);
    const answer = await kind.fetch(stripe, object.stripeId);
    // As it came over the wire: the SDK makes objects of decimals and hangs its own on them.
    const plain: unknown = JSON.parse(JSON.stringify(answer.object));
    kind.read(plain); // what cannot be read is a verdict of its own, reached before any transaction
    if (!isJsonObject(plain)) throw new Error(`Stripe answered no object for ${object.stripeId}.`);
    return { object: plain, date: answer.date };
  }

  private async settle(leased: Leased, answer: FetchedAnswer): Promise<void> {
    const now = new Date();
    const { object, type, counter } = leased;
    const kind = this.kinds.get(type);
    if (!kind) return;
    const found = answer.outcome === 'found' ? answer.object : null;
    const named = namesIn(kind, found);
    await this.parts.database.transaction(object.scope.organization, async (transaction) => {
      await lockKeys(transaction, [orderKeyOf(object), ...locksIn(kind, object.scope, object.connectionId, found)]);
      if (!(await giveBack(transaction, leased))) return;
      const row = await this.rows.of(type, object);
      if (row === null) return;
      const before = row.known;
      const told = toldBy(kind, before, answer, leased);
      const known = afterFetch(before, { startedAtCounter: counter, ...told }, now.getTime());
      const date = told.outcome === 'refused' ? null : told.date;
      const deletedAt = deletedAtAfterFetch(row.deletedAt, known, date, now);
      this.rows.remember(type, object, row, { known, deletedAt, now });
      // Also where nothing was in doubt: what was wished for without a doubt (`retryUnverified`) is over with its answer.
      this.rows.wish(type, object, known, before);
      for (const one of named) await this.rows.meet(one.type, { ...object, stripeId: one.stripeId }, now);
      const stamp = answer.outcome === 'found' ? answer.date : null;
      await kind.show(object, { known, before, deletedAt, stamp, isFetched: true, change: null, now });
      transaction.afterCommit(`stripe fetch ${orderKeyOf(object)}`, () => this.tellFetched(leased, told.outcome, known));
    });
  }

  private tellFetched({ object, type }: Leased, outcome: FetchAnswer<JsonObject>['outcome'], known: Known): void {
    this.metrics.fetches.inc({ type, outcome });
    this.parts.log.info('stripe.fetched', {
      organization: object.scope.organization,
      connectionId: object.connectionId,
      objectId: object.stripeId,
      outcome,
      isSettled: known.standing === 'clean',
    });
  }

  /** Once the effect is durable: a batch that is repeated counts once. */
  private count(event: StripeEventReceived, decision: Decision['do'] | 'not-ours', because: string | null): void {
    this.parts.database.current().afterCommit(`stripe event ${event.connectionId} ${event.eventId}`, () => {
      this.metrics.events.inc({ decision });
      if (because !== null) this.metrics.doubts.inc({ because });
      const { connectionId, eventId, objectId, type } = event;
      this.parts.log.debug('stripe-event.heard', { connectionId, eventId, type, objectId, decision, because });
    });
  }
}
