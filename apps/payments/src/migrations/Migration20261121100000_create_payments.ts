import { Migration } from '@mikro-orm/migrations';
import { roadTables } from '@turnpike/messaging';
import { mirrorTables } from '@turnpike/mirror';
import { idempotencyTable, knownApiKeyTable, knownOrganizationTable, protectTable } from '@turnpike/service';

const SERVICE = 'payments';

const OWN = `organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      connection_id text not null,
      stripe_id text not null,
      stripe_customer_id text`;
const STANDING = `standing text not null check (standing in ('confirmed', 'provisional', 'dirty', 'unverified')),
      standing_reasons jsonb not null,
      standing_since timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      deleted_at timestamptz,
      revision int not null default 1,
      primary key (organization, environment, id)`;

export class Migration20261121100000_create_payments extends Migration {
  override up(): void {
    const kit = [
      ...roadTables(SERVICE),
      ...knownApiKeyTable(SERVICE),
      ...knownOrganizationTable(SERVICE),
      ...mirrorTables(SERVICE),
      ...idempotencyTable(SERVICE),
    ];
    for (const statement of [...kit, ...invoiceTable(), ...paymentTable()]) this.addSql(statement);
  }
}

function invoiceTable(): string[] {
  return [
    `create table invoice (
      ${OWN},
      stripe_subscription_id text,
      number text,
      status text not null check (status in ('draft', 'open', 'paid', 'uncollectible', 'void')),
      billing_reason text,
      amount_due bigint not null,
      amount_paid bigint not null,
      amount_remaining bigint not null,
      total bigint not null,
      currency text not null,
      attempt_count int not null,
      next_payment_attempt_at timestamptz,
      last_failure jsonb,
      period_starts_at timestamptz,
      period_ends_at timestamptz,
      due_at timestamptz,
      finalized_at timestamptz,
      paid_at timestamptz,
      voided_at timestamptz,
      hosted_url text,
      clock_id text,
      ${STANDING}
    )`,
    `alter table invoice add constraint invoice_stripe_id unique (organization, environment, connection_id, stripe_id)`,
    `create index invoice_by_stripe_customer on invoice (organization, environment, stripe_customer_id)`,
    ...protectTable(SERVICE, 'invoice', 'select, insert, update'),
  ];
}

function paymentTable(): string[] {
  return [
    `create table payment (
      ${OWN},
      stripe_invoice_id text,
      status text not null check (status in ('requires_payment_method', 'requires_confirmation', 'requires_action', 'processing', 'requires_capture', 'succeeded', 'canceled')),
      amount bigint not null,
      amount_received bigint not null,
      currency text not null,
      failure jsonb,
      began_at timestamptz not null,
      ${STANDING}
    )`,
    `alter table payment add constraint payment_stripe_id unique (organization, environment, connection_id, stripe_id)`,
    `create index payment_by_stripe_customer on payment (organization, environment, stripe_customer_id)`,
    ...protectTable(SERVICE, 'payment', 'select, insert, update'),
  ];
}
