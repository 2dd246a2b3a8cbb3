import type { HistoryGapCause } from '@turnpike/contracts-events';
import type { Database, Log } from '@turnpike/service';
import { enabledEventsOf, isUnauthorized, retryAfterSecondsOf, stripeErrorOf, type StripeAccess } from '@turnpike/stripe';
import type Stripe from 'stripe';
import type { Cursor, EventCursorsService } from './event-cursors.service.js';
import { becauseOf, decidedOf, gapOf, type HadItsTime, pauseAfterFailure, untilRipe } from './gap-sweep.rules.js';
import type { GapSweepsService, Report } from './gap-sweeps.service.js';
import type { ConnectionToSweep } from './known-connections.service.js';
import { deliveryOf } from './listed-event.mapping.js';
import { type EventPage, latestEvents, newestEventId, oldestPage, pageAfter } from './stripe-event-list.js';
import type { StripeEventsService } from './stripe-events.service.js';
import type { SweepMetrics } from './sweep.metrics.js';

/** The first look at a connection reaches back so far, and takes so many: what happened while it was being made. */
const LOOK_BACK_MS = 600_000;
const LOOK_BACK_EVENTS = 1_000;

export interface EventSweepsParts {
  readonly database: Database;
  readonly events: StripeEventsService;
  readonly cursors: EventCursorsService;
  readonly gaps: GapSweepsService;
  readonly stripe: Pick<StripeAccess, 'client'>;
  readonly metrics: SweepMetrics;
  readonly log: Log;
  readonly pollEverySeconds: number;
  readonly sweepEverySeconds: number;
  /** How long a webhook may take before its event counts as missed. */
  readonly graceSeconds: number;
  /** How often the job looks who is due: what is due a little later is due now. */
  readonly tickSeconds: number;
  readonly startedAt: Date;
}

/** One look at one connection, on its way through the list. */
interface Sweep {
  readonly connection: ConnectionToSweep;
  readonly begun: Date;
  readonly stillWanted: () => boolean;
  /** When the event was the newest up to which a webhook has had its time; null where there is none such. */
  readonly ripeHorizonAt: Date | null;
  cursor: Cursor;
  report: Report;
  hadItsTime: HadItsTime;
  /** Read since the report was last added to. */
  unreported: number;
  missed: number;
}

/** How a look ended: at the end of the list, before an event that may only be late, or because the process ends. */
type End = 'whole' | 'late' | 'interrupted';

/**
 * Finds the events that no webhook brought, in Stripe's list of events (requirements X1, B5), from the last one known on, and stores them as
 * deliveries: the same reading, the same deduplication, the same announcements. What events cannot tell is said as a gap.
 */
export class EventSweepsService {
  constructor(private readonly parts: EventSweepsParts) {}

  /** Looks at a connection's events up to now, unless another replica does. What fails at Stripe is tried again later. */
  async sweep(connection: ConnectionToSweep, stillWanted: () => boolean): Promise<void> {
    const { cursors, metrics, startedAt, graceSeconds } = this.parts;
    const begun = new Date();
    const cursor = await cursors.take(connection, (begun.getTime() - startedAt.getTime()) / 1000);
    if (!cursor) return;
    const { horizonEventId, horizonAt } = cursor;
    const ripe = horizonEventId !== null && horizonAt !== null && untilRipe(horizonAt, graceSeconds, begun) === 0;
    const sweep: Sweep = {
      connection,
      begun,
      stillWanted,
      ripeHorizonAt: ripe ? horizonAt : null,
      cursor,
      report: { id: null, because: becauseOf(cursor, startedAt, begun), from: cursor.knownUntil },
      hadItsTime: connection.isPolled ? 'all' : ripe ? { upTo: horizonEventId } : 'none',
      unreported: 0,
      missed: 0,
    };
    try {
      const { afterSeconds, outcome } = await this.look(sweep);
      await cursors.letGo(connection, 0, afterSeconds, cursor.eventId);
      metrics.sweeps.inc({ outcome });
    } catch (error) {
      metrics.sweeps.inc({ outcome: 'failed' });
      const hasGotOn = sweep.cursor.eventId !== cursor.eventId;
      await this.failed(connection, hasGotOn ? 1 : cursor.failures + 1, error);
    }
  }

  private async look(sweep: Sweep): Promise<{ afterSeconds: number; outcome: 'nothing' | 'late' | 'stored' }> {
    const { cursors } = this.parts;
    const { connection, begun, ripeHorizonAt } = sweep;
    const afterSeconds = this.untilNext(connection);
    if (sweep.cursor.knownUntil === null) {
      await this.begin(connection, begun);
      return { afterSeconds, outcome: 'stored' };
    }
    const end = await this.readOn(sweep);
    const outcome = sweep.missed > 0 ? 'stored' : end === 'late' ? 'late' : 'nothing';
    if (end === 'interrupted') return { afterSeconds: 0, outcome };
    if (end === 'whole') {
      await cursors.know(connection, begun);
      return { afterSeconds, outcome };
    }
    // Up to the last look's horizon all is decided; what came later has its time until the next.
    if (ripeHorizonAt !== null) await cursors.know(connection, ripeHorizonAt);
    const ripeInSeconds = await this.waitForWebhooks(sweep);
    return { afterSeconds: ripeHorizonAt !== null && sweep.missed === 0 ? afterSeconds : ripeInSeconds, outcome };
  }

  /** The first look: from now on every event counts, and what was before is to be seen in the objects. */
  private async begin(connection: ConnectionToSweep, begun: Date): Promise<void> {
    const { database, cursors, events: store } = this.parts;
    const stripe = await this.stripeOf(connection);
    const { newest, events } = await latestEvents(stripe, new Date(begun.getTime() - LOOK_BACK_MS), LOOK_BACK_EVENTS);
    const wanted = isWantedBy(connection);
    await database.transaction(connection.organization, async () => {
      const deliveries = this.deliveriesOf(connection, events.filter(wanted));
      if (deliveries.length > 0) await store.store(connection.organization, deliveries);
      await cursors.move(connection, newest?.id ?? null, begun);
      await cursors.know(connection, begun);
      await this.sayGap(connection, 'new_connection', null, begun);
    });
  }

  private async readOn(sweep: Sweep): Promise<End> {
    const { connection, stillWanted } = sweep;
    let page = await this.firstPage(sweep);
    for (;;) {
      const isDecided = await this.take(sweep, page);
      if (!isDecided) return 'late';
      if (!page.hasMore) return 'whole';
      if (!stillWanted()) return 'interrupted';
      const { eventId } = sweep.cursor;
      const next = eventId === null ? 'gone' : await pageAfter(await this.stripeOf(connection), eventId);
      // Deleted while we read: the next look, at once, says what that means.
      if (next === 'gone') return 'interrupted';
      page = next;
    }
  }

  /** The page after the cursor; from the oldest event on where the cursor's is gone or there was none. Says a gap where there is one. */
  private async firstPage(sweep: Sweep): Promise<EventPage> {
    const { cursors } = this.parts;
    const { connection, begun, cursor } = sweep;
    const stripe = await this.stripeOf(connection);
    const page = await this.pageAfterEither(stripe, cursor);
    const gap = gapOf(cursor, page === 'gone' && cursor.eventId !== null, begun);
    if (gap !== null) await this.fallInto(gap, sweep, page === 'gone' ? null : cursor.eventId);
    if (page !== 'gone') return page;
    // Gone by its age: an account where nothing happened for a month is asked once a look, not twice.
    if (gap === null && cursor.eventId !== null) await cursors.move(connection, null, null);
    return oldestPage(stripe, sweep.cursor.walkedBackTo, (eventId) => cursors.walkBack(connection, eventId));
  }

  /** From where a look of some seconds ago began, or from where the last one ended if that event is gone. */
  private async pageAfterEither(stripe: Stripe, { eventId, rereadFrom }: Cursor): Promise<EventPage | 'gone'> {
    if (eventId === null) return 'gone';
    const again = rereadFrom === null ? 'gone' : await pageAfter(stripe, rereadFrom);
    return again === 'gone' && rereadFrom !== eventId ? pageAfter(stripe, eventId) : again;
  }

  /** After a gap the cursor stands where the list begins, and nothing of what the list has is merely late. */
  private async fallInto(gap: HistoryGapCause, sweep: Sweep, eventId: string | null): Promise<void> {
    const { database, cursors } = this.parts;
    const { connection, begun, cursor } = sweep;
    sweep.report = await database.transaction(connection.organization, async () => {
      await cursors.move(connection, eventId, eventId === null ? null : begun);
      await cursors.know(connection, begun);
      return this.sayGap(connection, gap, cursor.knownUntil, begun);
    });
    sweep.cursor = { ...cursor, eventId, rereadFrom: null, knownUntil: begun, horizonEventId: null, horizonAt: null, walkedBackTo: null };
    sweep.hadItsTime = 'all';
  }

  private async sayGap(connection: ConnectionToSweep, gap: HistoryGapCause, from: Date | null, until: Date): Promise<Report> {
    const { database, gaps, metrics, log } = this.parts;
    const report = await gaps.say(connection, gap, from, until);
    database.current().afterCommit('gap', () => {
      metrics.gaps.inc({ because: gap });
      const facts = { connectionId: connection.id, because: gap, from: from?.toISOString() ?? null };
      if (gap === 'new_connection') log.info('sweep.gap', facts);
      else log.warn('sweep.gap', facts);
    });
    return report;
  }

  /** Takes what can be decided of a page: one transaction of events, cursor and report. @returns whether that was all of it */
  private async take(sweep: Sweep, page: EventPage): Promise<boolean> {
    const { database, cursors, events: store, gaps, metrics, log } = this.parts;
    const { connection, begun } = sweep;
    const isWanted = isWantedBy(connection);
    const wanted = page.events.filter(isWanted);
    const known = await store.known(connection, wanted);
    const sightings = page.events.map((event) => ({ eventId: event.id, isSettled: !isWanted(event) || known.has(event.id) }));
    const { decided, hadItsTime } = decidedOf(sightings, sweep.hadItsTime);
    sweep.hadItsTime = hadItsTime;
    sweep.unreported += decided;
    const last = page.events[decided - 1];
    if (!last) return decided === page.events.length;

    const missing = page.events.slice(0, decided).filter((event) => isWanted(event) && !known.has(event.id));
    const deliveries = this.deliveriesOf(connection, missing);
    const unreadable = missing.length - deliveries.length;
    const healed = await database.transaction(connection.organization, async () => {
      const stored = deliveries.length === 0 ? [] : await store.store(connection.organization, deliveries);
      // What a webhook brought while we asked was not missed.
      const fresh = stored.filter((one) => !one.duplicate).length;
      await cursors.move(connection, last.id, begun, page.hasMore);
      if (fresh + unreadable > 0 && isWorthTelling(sweep))
        await gaps.add(connection, sweep.report, { seen: sweep.unreported, missed: fresh + unreadable, healed: fresh }, new Date());
      return fresh;
    });
    sweep.cursor = { ...sweep.cursor, eventId: last.id };
    if (healed + unreadable > 0) {
      sweep.missed += healed + unreadable;
      if (isWorthTelling(sweep)) {
        const { because } = sweep.report;
        sweep.unreported = 0;
        metrics.missed.inc({ because }, healed + unreadable);
        metrics.healed.inc({ because }, healed);
        log.warn('sweep.healed', { connectionId: connection.id, because, missed: healed + unreadable, healed });
      } else log.info('poll.stored', { connectionId: connection.id, events: healed });
    }
    return decided === page.events.length;
  }

  /** Remembers which event is the newest now: what is still missing up to it at the next look was missed. @returns seconds until then */
  private async waitForWebhooks({ connection, cursor, begun, ripeHorizonAt }: Sweep): Promise<number> {
    const { cursors, graceSeconds } = this.parts;
    if (cursor.horizonAt !== null && ripeHorizonAt === null) return untilRipe(cursor.horizonAt, graceSeconds, begun) / 1000;
    const at = new Date();
    const newest = await newestEventId(await this.stripeOf(connection));
    if (newest !== null) await cursors.expect(connection, newest, at);
    return graceSeconds;
  }

  private deliveriesOf(connection: ConnectionToSweep, events: readonly Stripe.Event[]) {
    const receivedAt = new Date();
    return events.flatMap((event) => {
      const read = deliveryOf(event, connection, receivedAt);
      if (read.ok) return [read.delivery];
      this.parts.log.warn('sweep.event-unreadable', { connectionId: connection.id, eventId: event.id, code: read.because });
      return [];
    });
  }

  private stripeOf({ organization, environment, id }: ConnectionToSweep): Promise<Stripe> {
    return this.parts.stripe.client({ organization, environment }, id);
  }

  /** Seconds until the next look, when all is well. */
  private untilNext({ isPolled }: ConnectionToSweep): number {
    const { pollEverySeconds, sweepEverySeconds, tickSeconds } = this.parts;
    const every = isPolled ? pollEverySeconds : sweepEverySeconds;
    // The next tick must find it due.
    return Math.max(every - tickSeconds, every * 0.8);
  }

  /** A 401 was told to `connections` already, which says when the connection may be asked for again. */
  private async failed(connection: ConnectionToSweep, failures: number, error: unknown): Promise<void> {
    const { cursors, log, pollEverySeconds, sweepEverySeconds } = this.parts;
    const pause = pauseAfterFailure(failures, connection.isPolled ? pollEverySeconds : sweepEverySeconds);
    const afterSeconds = Math.max(pause, stripeErrorOf(error) ? retryAfterSecondsOf(error) : 0);
    await cursors.letGo(connection, failures, afterSeconds);
    log.warn('sweep.failed', {
      connectionId: connection.id,
      failures,
      retryInSeconds: afterSeconds,
      isUnauthorized: isUnauthorized(error),
      error: error instanceof Error ? error : new Error(String(error)),
    });
  }
}

/** Of a polled connection everything is told by the list; only after a pause that is worth a word. */
function isWorthTelling({ connection, report }: Sweep): boolean {
  return !connection.isPolled || report.because !== 'webhooks_missing';
}

/** The types that reach us: by webhook those that our endpoint asked for, polled all. */
function isWantedBy({ isPolled, environment }: ConnectionToSweep): (event: Stripe.Event) => boolean {
  if (isPolled) return () => true;
  const types: ReadonlySet<string> = new Set(enabledEventsOf(environment));
  return ({ type }) => types.has(type);
}
