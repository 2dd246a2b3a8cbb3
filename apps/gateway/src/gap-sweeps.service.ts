import { HistoryGapFound, type HistoryGapCause, type Scope } from '@turnpike/contracts-events';
import type { GapSweepsListRequest } from '@turnpike/contracts-http';
import type { ServiceRoad } from '@turnpike/messaging';
import { type Database, isId, newId, pageOptions, pageWhere } from '@turnpike/service';
import { GapSweep, type GapSweepCause } from './gap-sweep.entity.js';
import type { ConnectionRow, KnownConnections } from './known-connections.service.js';

/** Sweeps that find something again within this time report it together. */
const TOGETHER = `interval '5 minutes'`;

/** What a sweep reports to; `id` is null until there is something to report. */
export interface Report {
  id: string | null;
  readonly because: GapSweepCause;
  readonly from: Date | null;
}

export interface Found {
  readonly seen: number;
  readonly missed: number;
  readonly healed: number;
}

const BEGUN = `select id from gap_sweep where organization = $1 and environment = $2 and connection_id = $3 and because = $4
  and swept_until > $5::timestamptz - ${TOGETHER} order by id desc limit 1`;

const ADD = `insert into gap_sweep as sweep (organization, environment, id, connection_id, because, gap_id, swept_from, swept_until, events_seen, events_missed, events_healed, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $8, $8)
  on conflict (organization, environment, id) do update
    set swept_until = excluded.swept_until, events_seen = sweep.events_seen + excluded.events_seen,
        events_missed = sweep.events_missed + excluded.events_missed, events_healed = sweep.events_healed + excluded.events_healed,
        updated_at = excluded.updated_at, revision = sweep.revision + 1`;

const LATEST_GAPS = `select distinct on (environment, connection_id) environment, connection_id, gap_id, because, swept_from::text, created_at::text
  from gap_sweep where organization = $1 and gap_id is not null order by environment, connection_id, id desc`;

interface GapRow extends Record<string, unknown> {
  environment: Scope['environment'];
  connection_id: string;
  gap_id: string;
  because: HistoryGapCause;
  swept_from: string | null;
  created_at: string;
}

/** The report of what sweeps healed, and of the gaps that only a look at the objects heals. */
export class GapSweepsService {
  constructor(
    private readonly database: Database,
    private readonly known: Pick<KnownConnections, 'organizations'>,
    private readonly outbox: ServiceRoad['outbox'],
  ) {}

  /** Adds to the report; call in the transaction that stores what was found. */
  async add(connection: ConnectionRow, report: Report, { seen, missed, healed }: Found, now: Date): Promise<void> {
    const { sql } = this.database.current();
    const { organization, environment, id } = connection;
    if (report.id === null) {
      const [begun] = await sql<{ id: string }>(BEGUN, [organization, environment, id, report.because, now.toISOString()]);
      report.id = begun?.id ?? newId('gs');
    }
    await sql(ADD, [...rowOf(connection, report.id, report), null, timeOf(report.from), timeOf(now), seen, missed, healed]);
  }

  /** Says that there is a time of which events cannot tell, so that those who mirror objects list them. Call in the cursor's transaction. */
  async say(connection: ConnectionRow, because: HistoryGapCause, from: Date | null, until: Date): Promise<Report> {
    const report: Report = { id: newId('gs'), because, from };
    const gapId = newId('gap');
    const row = [...rowOf(connection, report.id ?? '', report), gapId, timeOf(from), timeOf(until), 0, 0, 0];
    await this.database.current().sql(ADD, row);
    this.tell(connection, { gapId, connectionId: connection.id, because, from: timeOf(from), until: until.toISOString() });
    return report;
  }

  /**
   * Tells every connection's latest gap again, for readers that are new: who lists the objects after the latest needs no earlier one.
   * @param organization one, or null for all @returns an id for the log
   */
  async tellAllAgain(organization: string | null): Promise<string> {
    for (const one of organization === null ? await this.known.organizations() : [organization]) await this.tellAgain(one);
    return newId('run');
  }

  private async tellAgain(organization: string): Promise<void> {
    await this.database.transaction(organization, async ({ sql }) => {
      const gaps = await sql<GapRow>(LATEST_GAPS, [organization]);
      for (const gap of gaps) {
        const from = gap.swept_from === null ? null : new Date(gap.swept_from);
        const until = new Date(gap.created_at).toISOString();
        const scope = { organization, environment: gap.environment };
        this.tell(scope, { gapId: gap.gap_id, connectionId: gap.connection_id, because: gap.because, from: timeOf(from), until });
      }
    });
  }

  /** Newest first; one more than the page has, where there are more. */
  list({ organization, environment }: Scope, query: GapSweepsListRequest): Promise<GapSweep[]> {
    const { connection } = query;
    return this.database.current().em.find(
      GapSweep,
      {
        organization,
        environment,
        ...(connection === undefined ? {} : { connectionId: connection }),
        ...pageWhere(query, (text) => isId('gs', text)),
      },
      pageOptions(query),
    );
  }

  private tell({ organization, environment }: Scope, gap: HistoryGapFound): void {
    this.outbox.announce(HistoryGapFound, { organization, environment }, gap);
  }
}

function rowOf({ organization, environment, id: connectionId }: ConnectionRow, id: string, { because }: Report) {
  return [organization, environment, id, connectionId, because];
}

function timeOf(time: Date): string;
function timeOf(time: Date | null): string | null;
function timeOf(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
