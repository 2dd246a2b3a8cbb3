import type { OnApplicationShutdown } from '@nestjs/common';
import type { ConnectionChanged, Scope } from '@turnpike/contracts-events';
import type { Database, PostgresPool } from '@turnpike/service';
import type { KnownConnection } from './known-connection.entity.js';

/** So long a connection is still polled after its webhooks began: longer than a poll and the making of an endpoint take. */
const OVERLAP_SECONDS = 60;

export type ConnectionRow = Pick<KnownConnection, 'organization' | 'environment' | 'id' | 'status' | 'livemode' | 'secretsVersion'>;

const KEEP = `insert into known_connection as known (organization, environment, id, status, livemode, ingest_mode, secrets_version, version_epoch, version_n)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (organization, environment, id) do update
    set status = excluded.status, livemode = excluded.livemode, ingest_mode = excluded.ingest_mode, secrets_version = excluded.secrets_version,
        polls_until = case when known.ingest_mode <> 'webhook' and excluded.ingest_mode = 'webhook'
                           then now() + interval '${OVERLAP_SECONDS} seconds' else known.polls_until end,
        version_epoch = excluded.version_epoch, version_n = excluded.version_n, revision = known.revision + 1
  where (known.version_epoch, known.version_n) < (excluded.version_epoch, excluded.version_n)`;

const FIND = `select organization, environment, id, status, livemode, secrets_version as "secretsVersion" from known_connection where id = $1`;

/** Those whose turn it is: usable, polled, not another replica's, and not told to wait. */
const DUE = `select k.organization, k.environment, k.id, k.status, k.livemode, k.secrets_version as "secretsVersion"
  from known_connection k left join event_poll p on p.organization = k.organization and p.environment = k.environment and p.connection_id = k.id
 where k.status in ('verified', 'degraded') and (k.ingest_mode in ('polling', 'both') or k.polls_until > now())
   and (p.connection_id is null or (p.next_at <= now() and p.leased_until <= now()))
 order by p.next_at nulls first limit $1`;

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
    await this.database
      .current()
      .sql(KEEP, [organization, environment, connectionId, status, livemode, ingestMode, secretsVersion, version.epoch, version.n]);
  }

  async find(id: string): Promise<ConnectionRow | null> {
    const { rows } = await this.infrastructure.query<ConnectionRow>(FIND, [id]);
    return rows[0] ?? null;
  }

  async duePolls(most: number): Promise<readonly ConnectionRow[]> {
    const { rows } = await this.infrastructure.query<ConnectionRow>(DUE, [most]);
    return rows;
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
