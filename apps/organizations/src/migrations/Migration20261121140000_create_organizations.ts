import { Migration } from '@mikro-orm/migrations';
import { roadTables } from '@turnpike/messaging';
import { idempotencyTable, knownApiKeyTable, knownOrganizationTable, protectTable } from '@turnpike/service';

const SERVICE = 'organizations';

export class Migration20261121140000_create_organizations extends Migration {
  override up(): void {
    const statements = [
      ...roadTables(SERVICE),
      ...idempotencyTable(SERVICE),
      ...knownApiKeyTable(SERVICE),
      ...knownOrganizationTable(SERVICE),
      ...organizationTable(),
      ...apiKeyTable(),
    ];
    for (const statement of statements) this.addSql(statement);
  }
}

function organizationTable(): string[] {
  return [
    `create table organization (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      name text not null,
      data_residency text,
      is_open boolean not null,
      created_at timestamptz not null,
      version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    ...protectTable(SERVICE, 'organization', 'select, insert, update'),
  ];
}

function apiKeyTable(): string[] {
  return [
    `create table api_key (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      sha256 text not null,
      prefix text not null,
      name text,
      lineage_id text not null,
      replaces_id text,
      is_declared boolean not null,
      created_at timestamptz not null,
      expires_at timestamptz,
      revoked_at timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `alter table api_key add constraint api_key_sha256 unique (sha256)`,
    `create index api_key_by_lineage on api_key (organization, environment, lineage_id)`,
    ...protectTable(SERVICE, 'api_key', 'select, insert, update'),
  ];
}
