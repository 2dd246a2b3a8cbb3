import { Migration } from '@mikro-orm/migrations';
import { jobTables } from '@turnpike/jobs';
import { roadTables } from '@turnpike/messaging';
import { idempotencyTable, knownApiKeyTable, knownOrganizationTable, openToInfrastructure, protectTable } from '@turnpike/service';

const SERVICE = 'connections';

export class Migration20261121150000_create_connections extends Migration {
  override up(): void {
    const statements = [
      ...roadTables(SERVICE),
      ...jobTables(SERVICE),
      ...idempotencyTable(SERVICE),
      ...knownApiKeyTable(SERVICE),
      ...knownOrganizationTable(SERVICE),
      ...connectionTables(),
      ...secretTables(),
      ...rateTables(),
    ];
    for (const statement of statements) this.addSql(statement);
  }
}

const ENVIRONMENT = `environment text not null check (environment in ('sandbox', 'test', 'live'))`;

function connectionTables(): string[] {
  return [
    `create table connection (
      organization text not null,
      ${ENVIRONMENT},
      id text not null,
      name text,
      profile text not null check (profile in ('manage', 'full_sync', 'signals_readonly', 'books')),
      status text not null check (status in ('created', 'verifying', 'verified', 'failed', 'degraded', 'unauthorized', 'removing', 'removed')),
      status_reason text,
      checks jsonb not null,
      checked_at timestamptz,
      stripe_account_id text,
      account_name text,
      country text,
      default_currency text,
      publishable_last4 text,
      secret_last4 text,
      key_kind text check (key_kind in ('secret', 'restricted')),
      key_change jsonb,
      ingest_mode text not null check (ingest_mode in ('webhook', 'polling', 'both')),
      webhook_endpoint_id text,
      secrets_version int not null,
      is_declared boolean not null,
      verified_at timestamptz,
      removing_at timestamptz,
      removed_at timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    // Its id alone is its webhook address, whoever it belongs to.
    `create unique index connection_address on connection (id)`,
    // One account is connected once in an environment; a removed connection is in nobody's way.
    `create unique index connection_account on connection (organization, environment, stripe_account_id) where removed_at is null`,
    ...protectTable(SERVICE, 'connection', 'select, insert, update'),

    `create table webhook_endpoint (
      organization text not null,
      ${ENVIRONMENT},
      id text not null,
      connection_id text not null,
      state text not null check (state in ('wanted', 'active', 'retiring')),
      stripe_id text,
      request jsonb not null,
      delete_at timestamptz,
      created_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index webhook_endpoint_by_connection on webhook_endpoint (organization, environment, connection_id)`,
    ...protectTable(SERVICE, 'webhook_endpoint'),
  ];
}

function secretTables(): string[] {
  return [
    `create table data_key (
      organization text not null,
      ${ENVIRONMENT},
      version int not null,
      wrapped_by text not null,
      wrapped bytea not null,
      created_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, version)
    )`,
    ...protectTable(SERVICE, 'data_key', 'select, insert, update'),
    `create table connection_secret (
      organization text not null,
      ${ENVIRONMENT},
      id text not null,
      connection_id text not null,
      kind text not null check (kind in ('secret_key', 'publishable_key', 'next_secret_key', 'next_publishable_key', 'webhook_secret')),
      endpoint_id text,
      key_version int not null,
      sealed bytea not null,
      created_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index connection_secret_by_connection on connection_secret (organization, environment, connection_id)`,
    ...protectTable(SERVICE, 'connection_secret', 'select, insert, delete'),
  ];
}

/**
 * How each Stripe account's rate is shared out. An account has one rate, whichever organizations have connected it, so these are listed
 * infrastructure tables: accounts, processes and numbers, and nothing of anybody's.
 */
function rateTables(): string[] {
  const lanes = (of: string) => ['person', 'writes', 'sync', 'backfill'].map((lane) => `${of}_${lane} int not null`).join(', ');
  const forInfrastructureOnly = (table: string) => [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    ...openToInfrastructure(SERVICE, table, 'select, insert, update, delete'),
  ];
  return [
    `create table stripe_rate (
      account text primary key,
      lowered_to double precision,
      lowered_at timestamptz
    )`,
    ...forInfrastructureOnly('stripe_rate'),
    `create table stripe_rate_share (
      account text not null,
      holder uuid not null,
      ${lanes('wanted')},
      ${lanes('granted')},
      until timestamptz not null,
      primary key (account, holder)
    )`,
    ...forInfrastructureOnly('stripe_rate_share'),
  ];
}
