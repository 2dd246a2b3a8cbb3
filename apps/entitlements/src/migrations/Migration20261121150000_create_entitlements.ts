import { Migration } from '@mikro-orm/migrations';
import { jobTables } from '@turnpike/jobs';
import { roadTables } from '@turnpike/messaging';
import { knownApiKeyTable, knownOrganizationTable, protectTable } from '@turnpike/service';

const SERVICE = 'entitlements';

export class Migration20261121150000_create_entitlements extends Migration {
  override up(): void {
    const statements = [
      ...roadTables(SERVICE),
      ...jobTables(SERVICE),
      ...knownApiKeyTable(SERVICE),
      ...knownOrganizationTable(SERVICE),
      ...knownCustomerTable(),
      ...knownWorkspaceTable(),
      ...knownSubscriptionTable(),
      ...knownPlanVersionTable(),
      ...knownClockTable(),
      ...accessTable(),
    ];
    for (const statement of statements) this.addSql(statement);
  }
}

/** Whose a row is. */
const OWNER = `organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null`;

/** Which state of another service's fact it is. */
const HEARD = `version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)`;

function knownCustomerTable(): string[] {
  return [
    `create table known_customer (
      ${OWNER},
      external_id text,
      clock_id text,
      deleted_at timestamptz,
      ${HEARD}
    )`,
    ...protectTable(SERVICE, 'known_customer'),
  ];
}

function knownWorkspaceTable(): string[] {
  return [
    `create table known_workspace (
      ${OWNER},
      customer_id text not null,
      external_id text,
      members jsonb not null,
      deleted_at timestamptz,
      ${HEARD}
    )`,
    `create index known_workspace_by_customer on known_workspace (organization, environment, customer_id)`,
    ...protectTable(SERVICE, 'known_workspace'),
  ];
}

function knownSubscriptionTable(): string[] {
  return [
    `create table known_subscription (
      ${OWNER},
      customer_id text not null,
      clock_id text,
      prices text[] not null,
      facts jsonb not null,
      ${HEARD}
    )`,
    `create index known_subscription_by_customer on known_subscription (organization, environment, customer_id)`,
    `create index known_subscription_by_price on known_subscription using gin (prices)`,
    ...protectTable(SERVICE, 'known_subscription'),
  ];
}

function knownPlanVersionTable(): string[] {
  return [
    `create table known_plan_version (
      ${OWNER},
      is_free boolean not null,
      prices text[] not null,
      facts jsonb not null,
      ${HEARD}
    )`,
    ...protectTable(SERVICE, 'known_plan_version'),
  ];
}

function knownClockTable(): string[] {
  return [
    `create table known_clock (
      ${OWNER},
      frozen_at timestamptz not null,
      ${HEARD}
    )`,
    ...protectTable(SERVICE, 'known_clock'),
  ];
}

function accessTable(): string[] {
  return [
    `create table access (
      ${OWNER},
      customer_id text not null,
      external_id text,
      workspace_id text,
      workspace_external_id text,
      billing_member_ids jsonb not null,
      member_ids jsonb not null,
      stretches jsonb not null,
      clock_id text,
      clock_at timestamptz,
      level text not null check (level in ('full', 'core', 'free', 'none')),
      has_had_access boolean not null,
      move jsonb,
      next_change_at timestamptz,
      deleted_at timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      updated_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index access_by_customer on access (organization, environment, customer_id)`,
    `create index access_by_clock on access (organization, environment, clock_id)`,
    ...protectTable(SERVICE, 'access', 'select, insert, update'),
  ];
}
