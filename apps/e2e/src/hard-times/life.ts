import { until } from '@turnpike/testing';
import type Stripe from 'stripe';

const DAY = 24 * 3600;
const HOUR = 3600;
const TRIAL_DAYS = 14;

export const CARD = 'pm_card_visa';
export const CARD_WITHOUT_FUNDS = 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds';

/** What everybody in these tests sells: nothing, and something that is paid for by the month. */
export function catalogOf(product: string) {
  return {
    products: [
      {
        key: 'acme',
        name: product,
        freePlan: 'free',
        plans: [
          { key: 'free', name: 'Free', pricingType: 'free', prices: [], features: { seats: { value: 1, core: true }, export: false } },
          {
            key: 'pro',
            name: 'Pro',
            pricingType: 'paid',
            trialDays: TRIAL_DAYS,
            prices: [{ amount: 4900, currency: 'usd', interval: 'month' }],
            features: { seats: { value: 10, core: true }, export: true },
            accessPolicy: { pastDue: { graceDays: 7, then: 'core' }, unpaid: { coreDays: 30 }, trialEnd: { graceDays: 7 } },
          },
        ],
      },
    ],
  };
}

/** Somebody who buys, on a test clock of their own. */
export class Buyer {
  private constructor(
    private readonly stripe: Stripe,
    readonly externalId: string,
    readonly stripeId: string,
    private readonly clockId: string,
  ) {}

  static async of(stripe: Stripe, externalId: string, email = `${externalId}@example.com`): Promise<Buyer> {
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: Math.floor(Date.now() / 1000) });
    const customer = await stripe.customers.create({
      name: externalId,
      email,
      test_clock: clock.id,
      metadata: { turnpike_external_id: externalId },
    });
    return new Buyer(stripe, externalId, customer.id, clock.id);
  }

  async usesCard(card: string): Promise<void> {
    const method = await this.stripe.paymentMethods.attach(card, { customer: this.stripeId });
    await this.stripe.customers.update(this.stripeId, { invoice_settings: { default_payment_method: method.id } });
  }

  subscribes(price: string, trialDays?: number): Promise<Stripe.Subscription> {
    return this.stripe.subscriptions.create({
      customer: this.stripeId,
      items: [{ price }],
      ...(trialDays === undefined ? {} : { trial_period_days: trialDays }),
    });
  }

  /** The clock goes there, and what is due on the way happens. @param to seconds since 1970 */
  async waitsUntil(to: number): Promise<void> {
    await this.stripe.testHelpers.testClocks.advance(this.clockId, { frozen_time: to });
    await until(
      'the test clock is there',
      async () => (await this.stripe.testHelpers.testClocks.retrieve(this.clockId)).status === 'ready',
    );
  }

  async now(): Promise<number> {
    return (await this.stripe.testHelpers.testClocks.retrieve(this.clockId)).frozen_time;
  }

  async waitsDays(days: number): Promise<void> {
    await this.waitsUntil((await this.now()) + days * DAY);
  }

  /** Into the next period, with what is charged at its beginning. */
  async waitsForNextPeriod(subscription: string): Promise<void> {
    const { items } = await this.stripe.subscriptions.retrieve(subscription);
    await this.waitsUntil((items.data[0]?.current_period_end ?? 0) + 2 * HOUR);
  }

  async paysWhatIsOpen(): Promise<void> {
    for (const { id } of (await this.stripe.invoices.list({ customer: this.stripeId, status: 'open' })).data)
      await this.stripe.invoices.pay(id ?? '');
  }

  /** Trial, paid, failed, paid again, canceled, back: all there is, without waiting for anybody to notice. */
  async livesThroughIt(price: string): Promise<void> {
    await this.usesCard(CARD);
    const { id } = await this.subscribes(price, TRIAL_DAYS);
    await this.waitsForNextPeriod(id);
    await this.usesCard(CARD_WITHOUT_FUNDS);
    await this.waitsForNextPeriod(id);
    await this.usesCard(CARD);
    await this.paysWhatIsOpen();
    await this.waitsDays(1);
    await this.stripe.subscriptions.cancel(id);
    await this.subscribes(price);
  }
}
