import type { OnApplicationShutdown } from '@nestjs/common';
import type { ConnectionChanged, Scope } from '@turnpike/contracts-events';
import type { Database, PostgresPool } from '@turnpike/service';
import type { KnownConnection } from './known-connection.entity.js';

/** So long a connection is still polled after its webhooks began: longer than a poll and the making of an endpoint take. */
const OVERLAP_SECONDS = 60;

export type ConnectionRow = Pick<KnownConnection, 'organization' | 'environment' | 'id' | 'status' | 'livemode' | 'secretsVersion'>;

/** A connection whose events are to be asked for. */
export interface ConnectionToSweep extends ConnectionRow {
  /** Without an endpoint, or with one in doubt: what the list tells was not missed. */
  readonly isPolled: boolean;
}

const USABLE = `k.status in ('verified', 'degraded')`;

const KEEP = `insert into known_connection as known (organization, environment, id, status, livemode, ingest_mode, secrets_version, version_epoch, version_n)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (organization, environment, id) do update
    set status = excluded.status, livemode = excluded.livemode, ingest_mode = excluded.ingest_mode, secrets_version = excluded.secrets_version,
        polls_until = case when known.ingest_mode <> 'webhook' and excluded.ingest_mode = 'webhook'
                           then now() + interval '${OVERLAP_SECONDS} seconds' else known.polls_until end,
        version_epoch = excluded.version_epoch, version_n = excluded.version_n, revision = known.revision + 1
  where (known.version_epoch, known.version_n) < (excluded.version_epoch, excluded.version_n)`;

const FIND = `select organization, environment, id, status, livemode, secrets_version as "secretsVersion" from known_connection where id = $1`;

/** Whose events nobody brings, or not surely: they are asked for every few seconds. */
const IS_POLLED = `(k.ingest_mode in ('polling', 'both') or coalesce(k.polls_until > now(), false))`;

/** Those whose turn it is: usable, not another replica's, and not told to wait; at a start all that nobody looked at since. */
const DUE = `select k.organization, k.environment, k.id, k.status, k.livemode, k.secrets_version as "secretsVersion", ${IS_POLLED} as "isPolled"
  from known_connection k left join event_cursor c on c.organization = k.organization and c.environment = k.environment and c.connection_id = k.id
 where ${USABLE}
   and (c.connection_id is null
        or (c.leased_until <= now() and (c.next_at <= now() or coalesce(c.looked_at < now() - make_interval(secs => $2), true))))
 order by c.next_at nulls first limit $1`;

/** What was told of a connection is a reason to look: it may be usable again, or have been deaf until now. */
const LOOK_SOON = `update event_cursor set next_at = now(), failures = 0, revision = revision + 1
  where organization = $1 and environment = $2 and connection_id = $3
    and exists (select 1 from known_connection k where k.organization = $1 and k.environment = $2 and k.id = $3 and ${USABLE})`;

const LONGEST_UNLOOKED = `select coalesce(max(extract(epoch from now() - coalesce(c.known_until, now()))), 0)::float8 as seconds
  from known_connection k join event_cursor c on c.organization = k.organization and c.environment = k.environment and c.connection_id = k.id
 where ${USABLE}`;

/** What the gateway knows of connections. It is looked up before there is an organization: by the address that a delivery came to. */
export class KnownConnections implements OnApplicationShutdown {
  /** @param infrastructure the gateway's database as its infrastructure role; closed with the service */
  constructor(
    private readonly database: Database,
    private readonly infrastructure: PostgresPool,
  ) {}

  /** Keeps what was told of a connection, if it is newer. Runs in the caller's transaction. */
  async keep({ organization, environment }: Scope, told: ConnectionChanged): Promise<void> {
    const { connectionId, status, livemode, ingestMode, secretsVersion, version } = told;
    const { sql } = this.database.current();
    await sql(KEEP, [organization, environment, connectionId, status, livemode, ingestMode, secretsVersion, version.epoch, version.n]);
    await sql(LOOK_SOON, [organization, environment, connectionId]);
  }

  async find(id: string): Promise<ConnectionRow | null> {
    const { rows } = await this.infrastructure.query<ConnectionRow>(FIND, [id]);
    return rows[0] ?? null;
  }

  /** @param upSeconds for how long this process has been looking */
  async dueSweeps(most: number, upSeconds: number): Promise<readonly ConnectionToSweep[]> {
    const { rows } = await this.infrastructure.query<ConnectionToSweep>(DUE, [most, upSeconds]);
    return rows;
  }

  /** Seconds since the moment up to which everything is known, of the usable connection where that is longest ago. */
  async oldestKnownSeconds(): Promise<number> {
    const { rows } = await this.infrastructure.query<{ seconds: number }>(LONGEST_UNLOOKED);
    return rows[0]?.seconds ?? 0;
  }

  /** The organizations that have a connection, for work that goes through all of them. */
  async organizations(): Promise<readonly string[]> {
    const { rows } = await this.infrastructure.query<{ organization: string }>(
      'select distinct organization from known_connection order by organization',
    );
    return rows.map((row) => row.organization);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.infrastructure.end();
  }
}
