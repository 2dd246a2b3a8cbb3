import Stripe from 'stripe';
import { eventually, freshKey, type StartedSandbox, startedSandbox } from './started-sandbox.js';

/** A started sandbox with one account, and what tests of billing do again and again. */
export interface BillingWorld {
  readonly sandbox: StartedSandbox;
  readonly stripe: Stripe;
  /** The account's key. */
  readonly key: string;
  newClock(): Promise<string>;
  /** A customer whose default is a new card of this test id; none: no way to pay. */
  customerWith(card?: string, clock?: string): Promise<string>;
  /** Makes a new card of this test id the customer's default. */
  give(customer: string, card: string): Promise<string>;
  /** A monthly price of a new product. */
  monthly(unitAmount: number, product?: string): Promise<string>;
  /** Advances the clock and waits until it is ready. */
  advance(clock: string, to: number): Promise<void>;
  /** Events whose object is this one, oldest first. */
  eventsOf(object: string): Promise<Stripe.Event[]>;
  stop(): Promise<void>;
}

export const DAY = 86_400;
export const HOUR = 3_600;
/** When the clocks of these tests begin. */
export const START = Date.UTC(2026, 0, 10, 9) / 1000;

export async function billingWorld(): Promise<BillingWorld> {
  const sandbox = await startedSandbox();
  const key = freshKey();
  const stripe = sandbox.client(key);
  const give = async (customer: string, card: string): Promise<string> => {
    const { id } = await stripe.paymentMethods.attach(card, { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
    return id;
  };
  return {
    sandbox,
    stripe,
    key,
    give,
    newClock: async () => (await stripe.testHelpers.testClocks.create({ frozen_time: START })).id,
    async customerWith(card, clock) {
      const { id } = await stripe.customers.create({ name: 'Ada', ...(clock ? { test_clock: clock } : {}) });
      if (card !== undefined) await give(id, card);
      return id;
    },
    async monthly(unitAmount, product = 'Pro') {
      const recurring = { interval: 'month' as const };
      return (await stripe.prices.create({ currency: 'usd', unit_amount: unitAmount, recurring, product_data: { name: product } })).id;
    },
    async advance(clock, to) {
      await stripe.testHelpers.testClocks.advance(clock, { frozen_time: to });
      await eventually(async () => ((await stripe.testHelpers.testClocks.retrieve(clock)).status === 'ready' ? true : undefined));
    },
    async eventsOf(object) {
      const { data } = await stripe.events.list({ limit: 100 });
      return data.filter((event) => 'id' in event.data.object && event.data.object.id === object).toReversed();
    },
    stop: () => sandbox.stop(),
  };
}

/** The error that a request is refused with. */
export async function refusal(act: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await act;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
