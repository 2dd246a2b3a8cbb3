import type { OrganizationChanged, Scope } from '@turnpike/contracts-events';
import type { Database } from './database.js';
import type { Queryable } from './postgres.js';
import { openToInfrastructure, protectTable } from './row-level-security.js';

/** A migration's statements for the table that `KnownOrganizations` keeps: which organizations there are, a listed infrastructure table. */
export function knownOrganizationTable(service: string): string[] {
  return [
    `create table known_organization (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      data_residency text,
      is_open boolean not null,
      version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    ...protectTable(service, 'known_organization'),
    ...openToInfrastructure(service, 'known_organization'),
  ];
}

const KEEP = `insert into known_organization as known (organization, environment, id, data_residency, is_open, version_epoch, version_n)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (organization, environment, id) do update
    set data_residency = excluded.data_residency, is_open = excluded.is_open,
        version_epoch = excluded.version_epoch, version_n = excluded.version_n, revision = known.revision + 1
  where (known.version_epoch, known.version_n) < (excluded.version_epoch, excluded.version_n)`;

/** Which organizations there are, as `organizations` told: for work that goes through all of them, one after the other. */
export class KnownOrganizations {
  /** @param infrastructure the service's database as its infrastructure role: no transaction sees two organizations */
  constructor(
    private readonly database: Database,
    private readonly infrastructure: Queryable,
  ) {}

  /** Keeps what was told of an organization, if it is newer. Runs in the caller's transaction. */
  async keep({ organization, environment }: Scope, told: OrganizationChanged): Promise<void> {
    const { organizationId, dataResidency, isOpen, version } = told;
    await this.database.current().sql(KEEP, [organization, environment, organizationId, dataResidency, isOpen, version.epoch, version.n]);
  }

  /** Their ids, sorted. */
  async list(): Promise<readonly string[]> {
    const { rows } = await this.infrastructure.query<{ organization: string }>(
      'select distinct organization from known_organization order by organization',
    );
    return rows.map((row) => row.organization);
  }

  /** The open environments of all organizations, or of one. */
  async openScopes(organization: string | null = null): Promise<readonly Scope[]> {
    const { rows } = await this.infrastructure.query<Scope>(
      'select organization, environment from known_organization where is_open and ($1::text is null or organization = $1) order by organization, environment',
      [organization],
    );
    return rows;
  }
}
