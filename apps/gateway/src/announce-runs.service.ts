import { randomUUID } from 'node:crypto';
import { ENVIRONMENTS, type Environment } from '@turnpike/contracts-events';
import type { Database, Log, Transaction } from '@turnpike/service';
import { DomainError } from '@turnpike/service';
import type { KnownConnections } from './known-connections.service.js';
import type { StoredBodies, StoredBody } from './stored-bodies.js';
import type { StripeEventsService } from './stripe-events.service.js';

/** A page is one transaction: short enough that it holds nobody up, and bounded in memory. */
const EVENTS_PER_PAGE = 500;
const BYTES_PER_PAGE = 8 * 1024 * 1024;

export class OrganizationNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'organization_not_found';
}

interface Run extends Record<string, unknown> {
  run_id: string;
  until: string;
  after_connection_id: string;
  after_received_on: string;
  after_event_id: string;
}

const UNFINISHED = `select run_id, until::text, after_connection_id, after_received_on::text, after_event_id from announce_run
  where organization = $1 and environment = $2 and finished_at is null for update skip locked`;

/** In the order of the primary key, so that it needs no index of its own: per connection, the oldest day first. */
const PAGE = `
with page as (
  select connection_id, received_on, event_id,
         row_number() over whole as position, sum(octet_length(body)) over whole as bytes
    from (select connection_id, received_on, event_id, body from stripe_event_body
           where organization = $1 and environment = $2 and (connection_id, received_on, event_id) > ($3::text, $4::date, $5::text) and received_at <= $6::timestamptz
           order by connection_id, received_on, event_id limit ${EVENTS_PER_PAGE}) next
  window whole as (order by connection_id, received_on, event_id)
)
select connection_id, b.received_on::text, event_id, to_char(b.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as received_at, key_id, body
  from page join stripe_event_body b using (connection_id, received_on, event_id)
 where b.organization = $1 and b.environment = $2 and (position = 1 or bytes <= ${BYTES_PER_PAGE})
 order by connection_id, b.received_on, event_id`;

const MOVE = `update announce_run set after_connection_id = $3, after_received_on = $4::date, after_event_id = $5, announced = announced + $6, revision = revision + 1
  where organization = $1 and environment = $2`;

const FINISH = `update announce_run set finished_at = now(), revision = revision + 1 where organization = $1 and environment = $2 returning announced`;

/**
 * Announces stored events again, for readers that are new, restored or lapsed (architecture rule 4). A run is a row per environment that
 * moves with what it announces, so it goes on after a crash, and replicas take its pages in turn. It reaches back as far as bodies are
 * kept: 30 days.
 */
export class AnnounceRunsService {
  constructor(
    private readonly parts: {
      readonly database: Database;
      readonly known: Pick<KnownConnections, 'organizations'>;
      readonly events: StripeEventsService;
      readonly bodies: StoredBodies;
      readonly log: Log;
    },
  ) {}

  /**
   * Begins a run, or joins the one that is under way. Nothing is announced yet: see `work`.
   * @param organization one, or null for all
   * @returns the run's id, for the log
   */
  async ask(organization: string | null, now: Date): Promise<string> {
    const { database, known } = this.parts;
    const all = await known.organizations();
    if (organization !== null && !all.includes(organization)) throw new OrganizationNotFound(`No organization has the id ${organization}.`);
    const runId = randomUUID();
    let joined: string | null = null;
    let begun = 0;
    for (const one of organization === null ? all : [organization]) {
      const runs = await database.transaction(one, async (transaction) => {
        const underWay = await this.underWay(transaction);
        // Only where none is under way: a row that is being worked on is locked for as long as a page takes.
        const idle = ENVIRONMENTS.filter((environment) => !underWay.some((run) => run.environment === environment));
        if (idle.length === 0) return underWay;
        await this.begin(transaction, runId, idle, now);
        return this.underWay(transaction);
      });
      begun += runs.filter((run) => run.run_id === runId).length;
      joined ??= runs.find((run) => run.run_id !== runId)?.run_id ?? null;
    }
    return begun > 0 || joined === null ? runId : joined;
  }

  /** Carries on every unfinished run until all are finished, or are another replica's. */
  async work(stillWanted: () => boolean): Promise<void> {
    for (const organization of await this.parts.known.organizations()) {
      for (const environment of await this.unfinished(organization)) {
        while (stillWanted() && (await this.announcePage(organization, environment)));
      }
    }
  }

  private async begin(transaction: Transaction, runId: string, environments: readonly Environment[], now: Date): Promise<void> {
    await transaction.sql(
      `insert into announce_run as run (organization, environment, run_id, until, after_connection_id, after_received_on, after_event_id, announced)
       select $1, environment, $2, $3, '', '-infinity', '', 0 from unnest($4::text[]) environment
       on conflict (organization, environment) do update
         set run_id = excluded.run_id, until = excluded.until, after_connection_id = '', after_received_on = '-infinity', after_event_id = '',
             announced = 0, finished_at = null, revision = run.revision + 1
       where run.finished_at is not null`,
      [transaction.organization, runId, now.toISOString(), [...environments]],
    );
  }

  private async unfinished(organization: string): Promise<Environment[]> {
    const runs = await this.parts.database.transaction(organization, (transaction) => this.underWay(transaction));
    return ENVIRONMENTS.filter((environment) => runs.some((run) => run.environment === environment));
  }

  private underWay(transaction: Transaction): Promise<{ run_id: string; environment: string }[]> {
    return transaction.sql('select run_id, environment from announce_run where organization = $1 and finished_at is null', [
      transaction.organization,
    ]);
  }

  /** @returns whether there may be more */
  private async announcePage(organization: string, environment: Environment): Promise<boolean> {
    const { bodies: kept, database, events, log } = this.parts;
    return database.transaction(organization, async (transaction) => {
      const [run] = await transaction.sql<Run>(UNFINISHED, [organization, environment]);
      if (!run) return false;
      const bodies = await transaction.sql<StoredBody>(PAGE, [
        organization,
        environment,
        run.after_connection_id,
        run.after_received_on,
        run.after_event_id,
        run.until,
      ]);
      const last = bodies.at(-1);
      if (!last) {
        const [finished] = await transaction.sql<{ announced: number }>(FINISH, [organization, environment]);
        if (finished && finished.announced > 0)
          log.info('gateway.announce-run.finished', { runId: run.run_id, organization, environment, announced: finished.announced });
        return false;
      }
      const deliveries = bodies.flatMap((stored) => kept.deliveryOf(stored, organization, environment) ?? []);
      deliveries.sort((left, right) => left.event.created - right.event.created);
      const announced = deliveries.filter((delivery) => events.announce(delivery)).length;
      await transaction.sql(MOVE, [organization, environment, last.connection_id, last.received_on, last.event_id, announced]);
      return true;
    });
  }
}
