import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

/** Recorded answers of Stripe, which are not part of this repository: without STRIPE_FIXTURES there is nothing to compare with. */
const folder = join(process.env.STRIPE_FIXTURES ?? '', 'pay-rails-vcr');
const compare = process.env.STRIPE_FIXTURES !== undefined && existsSync(folder) ? describe : describe.skip;

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly stripe_version: string;
  readonly status: number;
  readonly response: Record<string, unknown>;
}

let recorded: Recorded[] = [];
let world: StartedSandbox;
beforeAll(async () => {
  world = await startedSandbox();
  if (!existsSync(folder)) return;
  recorded = readdirSync(folder).flatMap((file): Recorded[] => JSON.parse(readFileSync(join(folder, file), 'utf8')));
});
afterAll(() => world.stop());

/** The newest recording of a request; older ones have older shapes. */
const newest = (method: string, path: RegExp, status = 200): Recorded => {
  const found = recorded.filter((one) => one.method === method && path.test(one.path) && one.status === status);
  const [first] = found.toSorted((a, b) => b.stripe_version.localeCompare(a.stripe_version));
  if (first === undefined) throw new Error(`no recording of ${method} ${path}`);
  return first;
};
const keysOf = (value: unknown): string[] => Object.keys(value ?? {}).toSorted();

compare('beside recordings of Stripe', () => {
  it('a customer has the same keys', async () => {
    const customer = await world.client(freshKey()).customers.create({ email: 'a@example.org', name: 'A', expand: ['tax'] });
    const { response } = newest('POST', /^\/v1\/customers$/);
    // Only the endive versions leave this out until it is asked for.
    const known = keysOf(response).filter((key) => key !== 'invoice_credit_balance' && key !== 'tax');
    expect(keysOf(customer).filter((key) => key !== 'tax')).toEqual(known);
    expect(keysOf(customer.invoice_settings)).toEqual(keysOf(response.invoice_settings));
  });

  it('an attached payment method has the same keys', async () => {
    const stripe = world.client(freshKey());
    const { id } = await stripe.customers.create({});
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
    const { response } = newest('POST', /attach$/);
    expect(keysOf(method)).toEqual(keysOf(response));
    expect(keysOf(method.card)).toEqual(keysOf(response.card));
    expect(keysOf(method.billing_details)).toEqual(keysOf(response.billing_details));
  });

  it('a declined card is told the same way, but for where its log is', async () => {
    const stripe = world.client(freshKey());
    const { id } = await stripe.customers.create({});
    const answer = await eventually(async () => {
      const error: unknown = await stripe.paymentMethods
        .attach('pm_card_chargeDeclined', { customer: id })
        .catch((thrown: unknown) => thrown);
      return (error as { raw: Record<string, unknown> }).raw;
    });
    const expected = newest('POST', /attach$/, 402).response.error as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) if (key !== 'request_log_url') expect([key, answer[key]]).toEqual([key, value]);
  });

  it('what is missing is missed in the same words', async () => {
    const stripe = world.client(freshKey());
    const { id } = await stripe.customers.create({});
    const error: unknown = await stripe.paymentMethods.attach('abcd', { customer: id }).catch((thrown: unknown) => thrown);
    const { message, code, param } = newest('POST', /payment_methods\/abcd\/attach$/, 404).response.error as Record<string, unknown>;
    expect(error).toMatchObject({ message, code, param });
  });
});
