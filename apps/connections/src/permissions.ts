import type { ConnectionProfile } from '@turnpike/contracts-http';
import type Stripe from 'stripe';

/** How a permission is asked for without changing anything at Stripe. */
export type HarmlessRead = (stripe: Stripe) => Promise<unknown>;

/** One row of a profile, as Stripe's page for restricted keys names it. */
export interface Permission {
  readonly name: string;
  readonly access: 'read' | 'write';
  /** Null: Stripe has no read that asks for it, or offers the permission on no new key (requirement X8). */
  readonly read: HarmlessRead | null;
  /** Without it this feature is off, and the connection is well (requirement X14). */
  readonly onlyFor?: string;
  /** Gone from new keys: passed where Stripe does not offer it (requirements U11, X8). */
  readonly isLegacy?: true;
}

const ONE = { limit: 1 };

const READS = {
  balance: (stripe) => stripe.balance.retrieve(),
  balanceTransactions: (stripe) => stripe.balanceTransactions.list(ONE),
  charges: (stripe) => stripe.charges.list(ONE),
  checkout: (stripe) => stripe.checkout.sessions.list(ONE),
  coupons: (stripe) => stripe.coupons.list(ONE),
  customers: (stripe) => stripe.customers.list(ONE),
  disputes: (stripe) => stripe.disputes.list(ONE),
  endpoints: (stripe) => stripe.webhookEndpoints.list(ONE),
  events: (stripe) => stripe.events.list(ONE),
  invoices: (stripe) => stripe.invoices.list(ONE),
  meters: (stripe) => stripe.billing.meters.list(ONE),
  paymentIntents: (stripe) => stripe.paymentIntents.list(ONE),
  paymentMethods: (stripe) => stripe.paymentMethods.list(ONE),
  payouts: (stripe) => stripe.payouts.list(ONE),
  portal: (stripe) => stripe.billingPortal.configurations.list(ONE),
  prices: (stripe) => stripe.prices.list(ONE),
  products: (stripe) => stripe.products.list(ONE),
  promotionCodes: (stripe) => stripe.promotionCodes.list(ONE),
  setupIntents: (stripe) => stripe.setupIntents.list(ONE),
  subscriptions: (stripe) => stripe.subscriptions.list(ONE),
  taxRates: (stripe) => stripe.taxRates.list(ONE),
  taxSettings: (stripe) => stripe.tax.settings.retrieve(),
  testClocks: (stripe) => stripe.testHelpers.testClocks.list(ONE),
} satisfies Record<string, HarmlessRead>;

const needs = (name: string, access: 'read' | 'write', read: HarmlessRead | null): Permission => ({ name, access, read });
const legacy = (name: string, access: 'read' | 'write'): Permission => ({ name, access, read: null, isLegacy: true });
const extra = (name: string, access: 'read' | 'write', read: HarmlessRead, onlyFor: string): Permission => ({
  name,
  access,
  read,
  onlyFor,
});

/** Made by us where the key may, polled where it may not: never a reason to refuse a key (requirement X2). */
const endpoints = (access: 'read' | 'write') =>
  extra('Webhook Endpoints', access, READS.endpoints, 'webhooks (events are polled without it)');

/** The named extras of requirement X14: what they enable, and nothing else hangs on them. */
const EXTRAS: readonly Permission[] = [
  extra('Customer portal', 'read', READS.portal, 'watching the customer portal’s settings'),
  extra('Billing meters', 'write', READS.meters, 'usage billed by meters'),
  extra('Tax settings', 'read', READS.taxSettings, 'automatic tax'),
];

/** Requirement U11, its fifteen rows. "All Billing" is asked for by its main parts. */
const MANAGE: readonly Permission[] = [
  needs('Balance', 'read', READS.balance),
  needs('Charges', 'write', READS.charges),
  needs('Customers', 'write', READS.customers),
  needs('Customer session', 'write', null),
  needs('Disputes', 'write', READS.disputes),
  needs('Events', 'read', READS.events),
  needs('PaymentIntents', 'write', READS.paymentIntents),
  needs('PaymentMethods', 'write', READS.paymentMethods),
  needs('Products', 'write', READS.products),
  needs('SetupIntents', 'write', READS.setupIntents),
  legacy('Sources', 'write'),
  needs('All Checkout', 'write', READS.checkout),
  needs('All Billing: Subscriptions', 'write', READS.subscriptions),
  needs('All Billing: Invoices', 'write', READS.invoices),
  needs('All Billing: Prices', 'write', READS.prices),
  needs('All Billing: Coupons', 'write', READS.coupons),
  legacy('All Orders', 'write'),
  endpoints('write'),
  ...EXTRAS,
];

/** Requirement G27, its twenty-three rows. "Account & user info" and "Accounts" are what the check `account` asks. */
const FULL_SYNC: readonly Permission[] = [
  needs('Charges & Refunds', 'read', READS.charges),
  needs('Events', 'read', READS.events),
  needs('Payment Intents', 'read', READS.paymentIntents),
  needs('Promotion Codes', 'read', READS.promotionCodes),
  legacy('Sources', 'read'),
  extra('Test clocks', 'read', READS.testClocks, 'customers on test clocks'),
  needs('Tokens', 'read', null),
  endpoints('read'),
  needs('Checkout Sessions', 'write', READS.checkout),
  needs('Coupons', 'write', READS.coupons),
  needs('Customers', 'write', READS.customers),
  needs('Elements', 'write', null),
  needs('Invoices', 'write', READS.invoices),
  needs('Payment Methods', 'write', READS.paymentMethods),
  needs('Prices', 'write', READS.prices),
  needs('Products', 'write', READS.products),
  needs('Setup Intents', 'write', READS.setupIntents),
  needs('Subscriptions', 'write', READS.subscriptions),
  needs('Tax Rates', 'write', READS.taxRates),
  legacy('Usage Records', 'write'),
  needs('Data sharing', 'read', null),
  ...EXTRAS,
];

/** Requirement B4: five, all of them read-only. */
const SIGNALS_READONLY: readonly Permission[] = [
  needs('Customers', 'read', READS.customers),
  needs('Subscriptions', 'read', READS.subscriptions),
  needs('Invoices', 'read', READS.invoices),
  needs('Charges', 'read', READS.charges),
  needs('Events', 'read', READS.events),
];

/** Requirement X14. */
const BOOKS: readonly Permission[] = [
  needs('Balance', 'read', READS.balance),
  needs('Balance transaction sources', 'read', READS.balanceTransactions),
  needs('Payouts', 'read', READS.payouts),
  needs('Disputes', 'read', READS.disputes),
  needs('Charges', 'read', READS.charges),
];

/** What a key of each profile must be allowed to do (requirement X14). */
export const PERMISSIONS: Readonly<Record<ConnectionProfile, readonly Permission[]>> = {
  manage: MANAGE,
  full_sync: FULL_SYNC,
  signals_readonly: SIGNALS_READONLY,
  books: BOOKS,
};

/** Whether a key of this profile may make anything at Stripe: an endpoint, or the SetupIntent that proves a pair of keys. */
export function mayWrite(profile: ConnectionProfile): boolean {
  return profile === 'manage' || profile === 'full_sync';
}
