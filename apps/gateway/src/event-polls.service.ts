import type { Scope } from '@turnpike/contracts-events';
import type { Database, Log, Transaction } from '@turnpike/service';
import { isMissing, isUnauthorized, retryAfterSecondsOf, stripeErrorOf, type StripeAccess } from '@turnpike/stripe';
import type Stripe from 'stripe';
import { deliveryOf } from './polled-event.mapping.js';
import type { ConnectionRow } from './known-connections.service.js';
import type { StripeEventsService } from './stripe-events.service.js';

/** The most that Stripe gives at once; a page is one transaction. */
const EVENTS_PER_PAGE = 100;
/** The first poll of a connection reaches back so far: what happened while it was being made. */
const LOOK_BACK_SECONDS = 600;
/** Longer than a page takes: a replica that was killed lets go after this. */
const LEASE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 300;

interface Place {
  readonly cursorEventId: string | null;
  readonly since: Date;
}

export interface EventPollsParts {
  readonly database: Database;
  readonly events: StripeEventsService;
  readonly stripe: Pick<StripeAccess, 'client'>;
  readonly log: Log;
  readonly everySeconds: number;
}

const LEASE = `insert into event_poll as poll (organization, environment, connection_id, cursor_event_id, since, next_at, leased_until, failures)
  values ($1, $2, $3, null, now() - interval '${LOOK_BACK_SECONDS} seconds', now(), now() + interval '${LEASE_SECONDS} seconds', 0)
  on conflict (organization, environment, connection_id) do update
    set leased_until = excluded.leased_until, revision = poll.revision + 1
  where poll.leased_until <= now() and poll.next_at <= now()
  returning cursor_event_id as "cursorEventId", since`;

const MOVE = `update event_poll set cursor_event_id = $4, since = $5, leased_until = now() + interval '${LEASE_SECONDS} seconds', revision = revision + 1
  where organization = $1 and environment = $2 and connection_id = $3`;

const LET_GO = `update event_poll set leased_until = '-infinity', failures = $4, next_at = now() + make_interval(secs => $5), revision = revision + 1
  where organization = $1 and environment = $2 and connection_id = $3 returning failures`;

/**
 * Asks Stripe for the events that no webhook brings (requirements X1, B5), from the newest one known on, and stores them as deliveries: the same
 * reading, the same deduplication, the same announcements. An event that came both ways is one event.
 */
export class EventPollsService {
  constructor(private readonly parts: EventPollsParts) {}

  /** Polls a connection up to now, unless another replica does. What fails at Stripe is tried again later. */
  async poll(connection: ConnectionRow, stillWanted: () => boolean): Promise<void> {
    const place = await this.lease(connection);
    if (!place) return;
    try {
      const stored = await this.readOn(connection, place, stillWanted);
      if (stored > 0) this.parts.log.info('poll.stored', { connectionId: connection.id, events: stored });
      // A little less than the pause, so that the next round finds it due.
      await this.letGo(connection, 0, this.parts.everySeconds * 0.8);
    } catch (error) {
      await this.failed(connection, error);
    }
  }

  private async readOn(connection: ConnectionRow, from: Place, stillWanted: () => boolean): Promise<number> {
    let place = from;
    let stored = 0;
    for (;;) {
      const stripe = await this.parts.stripe.client(scopeOf(connection), connection.id);
      const page = place.cursorEventId === null ? await firstPage(stripe, place.since) : await nextPage(stripe, place);
      for (let from = 0; from < page.events.length; from += EVENTS_PER_PAGE) {
        const events = page.events.slice(from, from + EVENTS_PER_PAGE);
        place = placeAfter(place, events);
        stored += await this.keep(connection, events, place);
      }
      if (!page.hasMore || !stillWanted()) return stored;
    }
  }

  /** One transaction: events and cursor. @param events oldest first @returns how many of them were new */
  private keep(connection: ConnectionRow, events: readonly Stripe.Event[], next: Place): Promise<number> {
    const { database, events: store, log } = this.parts;
    const receivedAt = new Date();
    const deliveries = events.flatMap((event) => {
      const read = deliveryOf(event, connection, receivedAt);
      if (read.ok) return [read.delivery];
      log.warn('poll.event-unreadable', { connectionId: connection.id, eventId: event.id, code: read.because });
      return [];
    });
    return database.transaction(connection.organization, async (transaction) => {
      const stored = deliveries.length === 0 ? [] : await store.store(connection.organization, deliveries);
      await transaction.sql(MOVE, [...keyOf(connection), next.cursorEventId, next.since]);
      return stored.filter((one) => !one.duplicate).length;
    });
  }

  private lease(connection: ConnectionRow): Promise<Place | undefined> {
    return this.parts.database.transaction(connection.organization, async ({ sql }: Transaction) => {
      const [place] = await sql<{ cursorEventId: string | null; since: Date }>(LEASE, keyOf(connection));
      return place && { cursorEventId: place.cursorEventId, since: new Date(place.since) };
    });
  }

  private async letGo(connection: ConnectionRow, failures: number, afterSeconds: number): Promise<void> {
    await this.parts.database.transaction(connection.organization, ({ sql }) =>
      sql(LET_GO, [...keyOf(connection), failures, afterSeconds]),
    );
  }

  /** A 401 was told to `connections` already, which says when the connection may be polled again. */
  private async failed(connection: ConnectionRow, error: unknown): Promise<void> {
    const { database, log, everySeconds } = this.parts;
    const [row] = await database.transaction(connection.organization, ({ sql }) =>
      sql<{ failures: number }>(
        'select failures from event_poll where organization = $1 and environment = $2 and connection_id = $3',
        keyOf(connection),
      ),
    );
    const failures = (row?.failures ?? 0) + 1;
    const pause = Math.min(everySeconds * 2 ** Math.min(failures, 10), LONGEST_PAUSE_SECONDS);
    const asked = stripeErrorOf(error) ? retryAfterSecondsOf(error) : 0;
    const afterSeconds = Math.max(pause, asked);
    await this.letGo(connection, failures, afterSeconds);
    log.warn('poll.failed', {
      connectionId: connection.id,
      failures,
      retryInSeconds: afterSeconds,
      isUnauthorized: isUnauthorized(error),
      error: error instanceof Error ? error : new Error(String(error)),
    });
  }
}

interface Page {
  /** Oldest first. */
  readonly events: readonly Stripe.Event[];
  readonly hasMore: boolean;
}

/** All since a time: as many pages as there are, newest first, since Stripe begins there. */
async function firstPage(stripe: Stripe, since: Date): Promise<Page> {
  const events: Stripe.Event[] = [];
  for await (const event of stripe.events.list({ limit: EVENTS_PER_PAGE, created: { gte: Math.floor(since.getTime() / 1000) } }))
    events.push(event);
  return { events: events.reverse(), hasMore: false };
}

/** The events right after the cursor. Stripe forgets an event after 30 days: then its time has to do. */
async function nextPage(stripe: Stripe, { cursorEventId, since }: Place): Promise<Page> {
  try {
    const { data, has_more: hasMore } = await stripe.events.list({
      limit: EVENTS_PER_PAGE,
      ...(cursorEventId === null ? {} : { ending_before: cursorEventId }),
    });
    return { events: data.toReversed(), hasMore };
  } catch (error) {
    if (!isMissing(error) && stripeErrorOf(error)?.code !== 'resource_missing') throw error;
    return firstPage(stripe, new Date(since.getTime() - LOOK_BACK_SECONDS * 1000));
  }
}

function placeAfter(place: Place, events: readonly Stripe.Event[]): Place {
  const newest = events.at(-1);
  return newest ? { cursorEventId: newest.id, since: new Date(newest.created * 1000) } : place;
}

function scopeOf({ organization, environment }: Scope): Scope {
  return { organization, environment };
}

function keyOf({ organization, environment, id }: ConnectionRow): [string, string, string] {
  return [organization, environment, id];
}
