import { Migration } from '@mikro-orm/migrations';
import { jobTables } from '@turnpike/jobs';
import { roadTables } from '@turnpike/messaging';
import { idempotencyTable, knownApiKeyTable, knownOrganizationTable, protectTable } from '@turnpike/service';

const SERVICE = 'notifications';
const SCOPE = `organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live'))`;
const NOTIFICATION_SCOPES = `('TRIAL_ENDING.SUBSCRIPTION', 'PAYMENT_FAILED.SUBSCRIPTION', 'SUSPEND.ENTITLEMENT', 'CANCEL.ENTITLEMENT', 'REACTIVATE.SUBSCRIPTION')`;
const STATUSES = `('payment_pending', 'expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'not_started')`;

export class Migration20261121100000_tell_customers extends Migration {
  override up(): void {
    const statements = [
      ...roadTables(SERVICE),
      ...jobTables(SERVICE),
      ...knownApiKeyTable(SERVICE),
      ...knownOrganizationTable(SERVICE),
      ...idempotencyTable(SERVICE),
      ...knownTables(),
      ...notificationTables(),
    ];
    for (const statement of statements) this.addSql(statement);
  }
}

function knownTables(): string[] {
  return [
    `create table known_customer (
      ${SCOPE},
      id text not null,
      connection_id text,
      stripe_id text,
      external_id text,
      name text,
      email text,
      clock_id text,
      deleted_at timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index known_customer_by_stripe_id on known_customer (organization, environment, connection_id, stripe_id)`,
    ...protectTable(SERVICE, 'known_customer'),
    `create table known_subscription (
      ${SCOPE},
      id text not null,
      customer_id text not null,
      status text not null check (status in ${STATUSES}),
      trial_ends_at timestamptz,
      clock_id text,
      version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index known_subscription_by_clock on known_subscription (organization, environment, clock_id)`,
    ...protectTable(SERVICE, 'known_subscription'),
    `create table known_clock (
      ${SCOPE},
      id text not null,
      frozen_at timestamptz not null,
      version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    ...protectTable(SERVICE, 'known_clock'),
  ];
}

function notificationTables(): string[] {
  return [
    `create table notification (
      ${SCOPE},
      id text not null,
      notification_scope text not null check (notification_scope in ${NOTIFICATION_SCOPES}),
      cause text not null,
      customer_id text,
      connection_id text,
      stripe_customer_id text,
      channel text not null check (channel in ('email', 'mailbox')),
      status text not null check (status in ('no-address', 'waiting', 'sent', 'refused')),
      recipient text,
      subject text not null,
      text text not null,
      html text not null,
      message_id text not null,
      attempts int not null,
      last_error text,
      happened_at timestamptz not null,
      created_at timestamptz not null,
      sent_at timestamptz,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `alter table notification add constraint notification_cause unique (organization, environment, cause)`,
    `create index notification_by_customer on notification (organization, environment, customer_id)`,
    `create index notification_by_stripe_customer on notification (organization, environment, connection_id, stripe_customer_id)`,
    ...protectTable(SERVICE, 'notification', 'select, insert, update'),
    `create table notification_rule (
      ${SCOPE},
      notification_scope text not null check (notification_scope in ${NOTIFICATION_SCOPES}),
      is_on boolean not null,
      updated_at timestamptz not null,
      revision int not null default 1,
      primary key (organization, environment, notification_scope)
    )`,
    ...protectTable(SERVICE, 'notification_rule', 'select, insert, update'),
  ];
}
