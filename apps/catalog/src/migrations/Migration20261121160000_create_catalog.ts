import { Migration } from '@mikro-orm/migrations';
import { intentTables } from '@turnpike/intents';
import { jobTables } from '@turnpike/jobs';
import { roadTables } from '@turnpike/messaging';
import { mirrorTables } from '@turnpike/mirror';
import { idempotencyTable, knownApiKeyTable, knownOrganizationTable, protectTable } from '@turnpike/service';

const SERVICE = 'catalog';
const SCOPE = `organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null`;
const VERSION = `version_epoch bigint not null,
      version_n bigint not null`;
const TIMES = `created_at timestamptz not null,
      updated_at timestamptz not null`;
const END = `revision int not null default 1,
      primary key (organization, environment, id)`;
const RIGHTS = 'select, insert, update';

export class Migration20261121160000_create_catalog extends Migration {
  override up(): void {
    const kit = [
      ...roadTables(SERVICE),
      ...jobTables(SERVICE),
      ...intentTables(SERVICE),
      ...mirrorTables(SERVICE),
      ...knownApiKeyTable(SERVICE),
      ...knownOrganizationTable(SERVICE),
      ...idempotencyTable(SERVICE),
    ];
    for (const statement of [...kit, ...catalogTables(), ...syncTables()]) this.addSql(statement);
  }
}

function catalogTables(): string[] {
  return [
    `create table product (
      ${SCOPE},
      key text not null,
      name text not null,
      free_plan_key text,
      ${TIMES},
      ${END}
    )`,
    `alter table product add constraint product_key unique (organization, environment, key)`,
    ...protectTable(SERVICE, 'product', RIGHTS),
    `create table plan (
      ${SCOPE},
      product_id text not null,
      key text not null,
      name text not null,
      pricing_type text not null check (pricing_type in ('free', 'paid', 'custom')),
      ${TIMES},
      ${END}
    )`,
    `alter table plan add constraint plan_key unique (organization, environment, product_id, key)`,
    ...protectTable(SERVICE, 'plan', RIGHTS),
    `create table plan_version (
      ${SCOPE},
      plan_id text not null,
      product_id text not null,
      number int not null,
      status text not null check (status in ('draft', 'published', 'archived')),
      is_current boolean not null,
      features jsonb not null,
      access_policy jsonb not null,
      trial_days int,
      published_at timestamptz,
      archived_at timestamptz,
      ${VERSION},
      ${TIMES},
      ${END}
    )`,
    `alter table plan_version add constraint plan_version_number unique (organization, environment, plan_id, number)`,
    ...protectTable(SERVICE, 'plan_version', RIGHTS),
    `create table price (
      ${SCOPE},
      plan_version_id text not null,
      plan_id text not null,
      amount bigint not null,
      currency text not null,
      "interval" text not null check ("interval" in ('day', 'week', 'month', 'year')),
      interval_count int not null,
      created_at timestamptz not null,
      ${END}
    )`,
    `create index price_by_plan on price (organization, environment, plan_id)`,
    ...protectTable(SERVICE, 'price', RIGHTS),
  ];
}

function syncTables(): string[] {
  return [
    `create table sync_record (
      ${SCOPE},
      connection_id text not null,
      entity_type text not null check (entity_type in ('product', 'price')),
      entity_id text not null,
      product_id text not null,
      plan_id text not null,
      plan_version_id text,
      stripe_id text,
      skip_reason text,
      written jsonb,
      attempted jsonb,
      open_cause text,
      changes int not null,
      attempts int not null,
      last_attempt_at timestamptz,
      last_synced_at timestamptz,
      error jsonb,
      is_blocked boolean not null,
      drift jsonb not null,
      detached_at timestamptz,
      ${VERSION},
      ${TIMES},
      ${END}
    )`,
    `create index sync_record_by_plan on sync_record (organization, environment, plan_id)`,
    `create index sync_record_by_stripe_id on sync_record (organization, environment, connection_id, stripe_id)`,
    ...protectTable(SERVICE, 'sync_record', RIGHTS),
    `create table known_connection (
      ${SCOPE},
      status text not null check (status in ('created', 'verifying', 'verified', 'failed', 'degraded', 'unauthorized', 'removing', 'removed')),
      stripe_account_id text,
      may_write boolean not null,
      ${VERSION},
      ${END}
    )`,
    ...protectTable(SERVICE, 'known_connection'),
  ];
}
