import { ENVIRONMENTS, type Environment } from '@turnpike/contracts-events';
import type { StripeEventsReplayRequest, StripeEventsReplayResponse } from '@turnpike/contracts-http';
import { readCursor, writeCursor, type Database, type Log } from '@turnpike/service';
import type { KnownConnections } from './known-connections.service.js';
import type { StoredBodies, StoredBody } from './stored-bodies.js';
import type { StripeEventsService } from './stripe-events.service.js';

const MOST_BYTES = 8 * 1024 * 1024;

/** What was told once. An event of the connection's other mode never was, and is not now. */
const MATCHES = `e.organization = $1 and e.environment = $2 and e.outcome = 'announced'
  and ($3::text is null or e.connection_id = $3) and ($4::text[] is null or e.event_id = any($4)) and ($5::text[] is null or e.type like any($5))
  and ($6::timestamptz is null or e.received_at >= $6) and ($7::timestamptz is null or e.received_at <= $7)`;

/** Its body lies on the day it came: by its whole key, though the bodies are not looked through. */
const WITH_BODY = `left join stripe_event_body b on b.organization = e.organization and b.environment = e.environment and b.connection_id = e.connection_id
  and b.received_on = (e.received_at at time zone 'UTC')::date and b.event_id = e.event_id`;

const COUNT = `select count(*) filter (where b.event_id is not null)::int as selected, count(*) filter (where b.event_id is null)::int as without_body
  from stripe_event e ${WITH_BODY} where ${MATCHES}`;

/** In the order of the events' key, and no more bodies than fit. Events without one are passed. */
const PAGE = `
with next as (
  select e.organization, e.environment, e.connection_id, e.created_month, e.event_id, e.received_at from stripe_event e
   where ${MATCHES} and (e.connection_id, e.created_month, e.event_id) > ($8::text, $9::date, $10::text)
   order by e.connection_id, e.created_month, e.event_id limit $11
), page as (
  select e.connection_id, e.created_month, e.event_id, b.received_on, b.received_at, b.key_id, b.body,
         row_number() over whole as position, sum(coalesce(octet_length(b.body), 0)) over whole as bytes
    from next e ${WITH_BODY}
  window whole as (order by e.connection_id, e.created_month, e.event_id)
)
select connection_id, created_month::text, event_id, received_on::text, key_id, body,
       to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as received_at
  from page where position = 1 or bytes <= ${MOST_BYTES}
 order by connection_id, created_month, event_id`;

/** A row of the page; the body's columns are null where it is kept no longer. */
interface PageRow extends Record<string, unknown> {
  connection_id: string;
  created_month: string;
  event_id: string;
  received_on: string | null;
  received_at: string | null;
  key_id: string | null;
  body: Buffer | null;
}

type Place = readonly [connectionId: string, createdMonth: string, eventId: string];
const BEFORE_ALL: Place = ['', '-infinity', ''];

/** Announces stored events again, for those who run an installation and know what their readers have missed. Announce-all is for readers themselves. */
export class StripeEventReplaysService {
  constructor(
    private readonly parts: {
      readonly database: Database;
      readonly known: Pick<KnownConnections, 'organizations'>;
      readonly events: Pick<StripeEventsService, 'announce'>;
      readonly bodies: StoredBodies;
      readonly log: Log;
    },
  ) {}

  /** One part of a replay: one transaction of one environment. Nothing is kept of it here: whoever asks holds the cursor. */
  async replay(asked: StripeEventsReplayRequest, now: Date): Promise<StripeEventsReplayResponse> {
    const asOf = now.toISOString();
    const scopes = await this.scopes(asked);
    if (asked.dryRun) return { ...(await this.count(asked, scopes)), asOf, announced: 0, unreadable: 0, next_cursor: null };
    const [organization, environment, ...place] = asked.cursor === undefined ? [] : readCursor(asked.cursor, 5);
    const begun = scopes.findIndex((scope) => scope.organization === organization && scope.environment === environment);
    for (const [at, scope] of scopes.entries()) {
      if (at < begun) continue;
      const [connectionId = '', createdMonth = '', eventId = ''] = place;
      const page = await this.announcePage(asked, scope, at === begun ? [connectionId, createdMonth, eventId] : BEFORE_ALL);
      if (!page.last) continue;
      const { announced, unreadable } = page;
      this.parts.log.info('gateway.events.replayed', { ...scope, announced, unreadable });
      const next = writeCursor([scope.organization, scope.environment, ...page.last]);
      return { selected: null, withoutBody: null, asOf, announced, unreadable, next_cursor: next };
    }
    return { selected: null, withoutBody: null, asOf, announced: 0, unreadable: 0, next_cursor: null };
  }

  private async scopes(asked: StripeEventsReplayRequest): Promise<Array<{ organization: string; environment: Environment }>> {
    const organizations = (await this.parts.known.organizations()).filter((one) => one === (asked.organization ?? one));
    const environments = ENVIRONMENTS.filter((one) => one === (asked.environment ?? one));
    return organizations.toSorted().flatMap((organization) => environments.map((environment) => ({ organization, environment })));
  }

  private async count(asked: StripeEventsReplayRequest, scopes: ReadonlyArray<{ organization: string; environment: Environment }>) {
    let selected = 0;
    let withoutBody = 0;
    for (const { organization, environment } of scopes) {
      const [counted] = await this.parts.database.transaction(organization, (transaction) =>
        transaction.sql<{ selected: number; without_body: number }>(COUNT, [organization, environment, ...filters(asked)]),
      );
      selected += counted?.selected ?? 0;
      withoutBody += counted?.without_body ?? 0;
    }
    return { selected, withoutBody };
  }

  private announcePage(
    asked: StripeEventsReplayRequest,
    { organization, environment }: { organization: string; environment: Environment },
    after: Place,
  ): Promise<{ announced: number; unreadable: number; last: Place | null }> {
    const { bodies, database, events } = this.parts;
    return database.transaction(organization, async (transaction) => {
      const rows = await transaction.sql<PageRow>(PAGE, [organization, environment, ...filters(asked), ...after, asked.limit]);
      const kept = rows.flatMap((row) => (isKept(row) ? [row] : []));
      const deliveries = kept.flatMap((row) => bodies.deliveryOf(row, organization, environment) ?? []);
      deliveries.sort((left, right) => left.event.created - right.event.created);
      const announced = deliveries.filter((delivery) => events.announce(delivery)).length;
      const last = rows.at(-1);
      return {
        announced,
        unreadable: kept.length - deliveries.length,
        last: last ? [last.connection_id, last.created_month, last.event_id] : null,
      };
    });
  }
}

function isKept(row: PageRow): row is PageRow & StoredBody {
  return row.body !== null;
}

/** $3 to $7. */
function filters({ connectionId, ids, types, since, until }: StripeEventsReplayRequest): unknown[] {
  return [connectionId ?? null, ids ?? null, types?.map(toLike) ?? null, since ?? null, until ?? null];
}

/** `customer.*` as LIKE has it; in a type only `_` means something there. */
function toLike(pattern: string): string {
  return pattern.replaceAll('_', '\\_').replace(/\*$/, '%');
}
