import { Migration } from '@mikro-orm/migrations';
import { jobTables } from '@turnpike/jobs';
import { roadTables } from '@turnpike/messaging';
import { mirrorTables } from '@turnpike/mirror';
import { idempotencyTable, knownApiKeyTable, knownOrganizationTable, protectTable } from '@turnpike/service';

const SERVICE = 'customers';

export class Migration20261121090000_create_customers extends Migration {
  override up(): void {
    const statements = [
      ...roadTables(SERVICE),
      ...knownApiKeyTable(SERVICE),
      ...knownOrganizationTable(SERVICE),
      ...customerTable(),
      ...subscriptionTable(),
      ...clockTable(),
      ...workspaceTable(),
      ...mirrorTables(SERVICE),
      ...jobTables(SERVICE),
      ...idempotencyTable(SERVICE),
    ];
    for (const statement of statements) this.addSql(statement);
  }
}

function customerTable(): string[] {
  return [
    `create table customer (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      connection_id text,
      stripe_id text,
      external_id text,
      claimed_external_id text,
      name text,
      email text,
      currency text,
      clock_id text,
      is_stub boolean not null,
      merged_into text,
      standing text not null check (standing in ('confirmed', 'provisional', 'dirty', 'unverified')),
      standing_reasons jsonb not null,
      standing_since timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      deleted_at timestamptz,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `alter table customer add constraint customer_stripe_id unique (organization, environment, connection_id, stripe_id)`,
    `alter table customer add constraint customer_external_id unique (organization, environment, external_id)`,
    `create index customer_by_stripe_id on customer (organization, environment, stripe_id)`,
    `create index customer_by_email on customer (organization, environment, email)`,
    ...protectTable(SERVICE, 'customer', 'select, insert, update'),
  ];
}

function subscriptionTable(): string[] {
  return [
    `create table subscription (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      customer_id text not null,
      connection_id text not null,
      stripe_id text,
      status text not null check (status in ('payment_pending', 'expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'not_started')),
      status_since timestamptz,
      trial_converted_at timestamptz,
      collection_method text check (collection_method in ('charge_automatically', 'send_invoice')),
      items jsonb not null,
      items_are_complete boolean not null,
      trial_ends_at timestamptz,
      cancel_at timestamptz,
      canceled_at timestamptz,
      ended_at timestamptz,
      cancel_reason text check (cancel_reason in ('requested', 'scheduled', 'trial_ended', 'payment_failed', 'billing_provider', 'plan_change', 'connection_removed')),
      current_period_starts_at timestamptz,
      current_period_ends_at timestamptz,
      collection_pause text check (collection_pause in ('void', 'keep_as_draft', 'mark_uncollectible')),
      collection_resumes_at timestamptz,
      clock_id text,
      standing text not null check (standing in ('confirmed', 'provisional', 'dirty', 'unverified')),
      standing_reasons jsonb not null,
      standing_since timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      deleted_at timestamptz,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `alter table subscription add constraint subscription_stripe_id unique (organization, environment, connection_id, stripe_id)`,
    `create index subscription_by_customer on subscription (organization, environment, customer_id)`,
    ...protectTable(SERVICE, 'subscription', 'select, insert, update'),
  ];
}

function clockTable(): string[] {
  return [
    `create table clock (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      connection_id text not null,
      frozen_at timestamptz not null,
      version_epoch bigint not null,
      version_n bigint not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      deleted_at timestamptz,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    ...protectTable(SERVICE, 'clock', 'select, insert, update'),
  ];
}

function workspaceTable(): string[] {
  return [
    `create table workspace (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      customer_id text not null,
      external_id text,
      name text,
      members jsonb not null,
      enabled_usage_features jsonb not null,
      version_epoch bigint not null,
      version_n bigint not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index workspace_by_customer on workspace (organization, environment, customer_id)`,
    ...protectTable(SERVICE, 'workspace', 'select, insert, update'),
  ];
}
