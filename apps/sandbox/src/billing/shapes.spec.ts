import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { freshKey, startedSandbox } from '../testing/started-sandbox.js';

const file = join(process.env.STRIPE_FIXTURES ?? '', 'pay-rails-vcr/test_stripe_can_swap_a_subscription_and_reset_billing_cycle.json');
const isThere = process.env.STRIPE_FIXTURES !== undefined && existsSync(file);

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly response: unknown;
}

/** Recordings are of 2025-10-29.clover: what later versions added is ours to have. */
const ADDED_SINCE: ReadonlySet<string> = new Set([
  'subscription.billing_schedules',
  'subscription.customer_account',
  'subscription.managed_payments',
  'subscription.cancellation_details.feedback_option',
  'subscription.invoice_settings.custom_fields',
  'subscription.invoice_settings.description',
  'subscription.invoice_settings.footer',
  'subscription.trial_settings.end_behavior.billing_cycle_anchor',
  'subscription_item.current_trial',
  'invoice.customer_account',
  'line_item.quantity_decimal',
  'line_item.subscription',
  'line_item.subtotal',
  'payment_intent.allowed_payment_method_types',
  'payment_intent.customer_account',
  'payment_intent.managed_payments',
  'payment_intent.payment_record',
  'charge.payment_method_details.card.electronic_commerce_indicator',
  'charge.payment_method_details.card.transaction_link_id',
]);
/** What depends on the payment methods an account has switched on, or on what an account was told to show. */
const NOT_COMPARED = ['payment_intent.payment_method_options.'];

describe('the shapes of billing, beside recordings of Stripe', () => {
  const check = isThere ? it : it.skip;

  check('has the same keys, object by object, after a subscription was made and swapped from month to year', async () => {
    const world = await startedSandbox();
    try {
      const stripe = world.client(freshKey());
      const product = await stripe.products.create({ name: 'Test Subscription', unit_label: 'user' });
      const [month, year] = await Promise.all([
        stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 2500, recurring: { interval: 'month' } }),
        stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 25000, recurring: { interval: 'year' } }),
      ]);
      const customer = await stripe.customers.create({ email: 'stripe@example.org' });
      const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
      await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } });
      const expand = ['latest_invoice.confirmation_secret', 'latest_invoice.payments'];
      const made = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: month?.id }], expand });
      const invoice = typeof made.latest_invoice === 'string' ? null : made.latest_invoice;
      const payment = invoice?.payments?.data[0]?.payment.payment_intent;
      const intent = await stripe.paymentIntents.retrieve(String(payment));
      const charge = await stripe.charges.retrieve(String(intent.latest_charge), {
        expand: ['balance_transaction', 'payment_intent', 'refunds.data.balance_transaction'],
      });
      const payments = await stripe.invoicePayments.list({
        payment: { type: 'payment_intent', payment_intent: intent.id },
        status: 'paid',
      });
      const swapped = await stripe.subscriptions.update(made.id, {
        items: [{ id: made.items.data[0]?.id, price: year?.id }],
        proration_behavior: 'always_invoice',
        billing_cycle_anchor: { type: 'now' },
        expand,
      });

      const recorded: Recorded[] = JSON.parse(readFileSync(file, 'utf8'));
      const [madeThere, intentThere, chargeThere, paymentsThere, , swappedThere] = recorded.slice(3).map(({ response }) => response);
      const [ours, theirs] = [new Set<string>(), new Set<string>()];
      for (const body of [made, intent, charge, payments.data, swapped]) keysOf(JSON.parse(JSON.stringify(body)), '', ours);
      for (const body of [madeThere, intentThere, chargeThere, paymentsThere, swappedThere]) keysOf(body, '', theirs);
      expect(theirs.size).toBeGreaterThan(300);
      const compared = (key: string): boolean => !NOT_COMPARED.some((start) => key.startsWith(start));
      expect([...theirs].filter((key) => compared(key) && !ours.has(key)).toSorted()).toEqual([]);
      expect([...ours].filter((key) => compared(key) && !theirs.has(key) && !ADDED_SINCE.has(key)).toSorted()).toEqual([]);
      expect(swapped.latest_invoice).toMatchObject({
        total: 22500,
        billing_reason: 'subscription_update',
        lines: { data: [{ amount: -2500 }, { amount: 25000, description: '1 user × Test Subscription (at $250.00 / year)' }] },
      });
    } finally {
      await world.stop();
    }
  });
});

/** Every key, named from the object it belongs to: `invoice.lines`, `line_item.parent.type`. */
function keysOf(value: unknown, within: string, keys: Set<string>): void {
  if (Array.isArray(value)) {
    for (const one of value) keysOf(one, within, keys);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const named = new Map<string, unknown>(Object.entries(value));
  const object = named.get('object');
  const start = typeof object === 'string' && object !== 'list' ? object : within;
  for (const [name, inner] of named) {
    if (name === 'lastResponse' || name === 'metadata') continue;
    const key = start === '' ? name : `${start}.${name}`;
    if (object !== 'list') keys.add(key);
    keysOf(inner, object === 'list' ? start : key, keys);
  }
}
