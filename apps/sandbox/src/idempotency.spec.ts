import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
let clock = Date.now();
beforeAll(async () => {
  world = await startedSandbox({ now: () => clock });
});
afterAll(() => world.stop());

const names = async (key: string): Promise<Array<string | null | undefined>> =>
  (await world.client(key).customers.list({ limit: 100 })).data.map(({ name }) => name);

describe('idempotency keys', () => {
  it('D1: the SDK sends one with every POST, and a GET or DELETE ignores it', async () => {
    const key = freshKey();
    const stripe = world.client(key);
    const made = await stripe.customers.create({ name: 'Ada' });
    expect(made.lastResponse.headers['idempotency-key']).toMatch(/^stripe-node-retry-/);
    const first = await world.raw('GET', '/v1/customers', { key, headers: { 'idempotency-key': 'same' } });
    const second = await world.raw('GET', `/v1/customers/${made.id}`, { key, headers: { 'idempotency-key': 'same' } });
    expect([first.status, second.status, second.headers.get('idempotency-key')]).toEqual([200, 200, null]);
  });

  it('D2: a key of 256 characters is refused, and after a day a key is new again', async () => {
    const key = freshKey();
    const stripe = world.client(key);
    await expect(stripe.customers.create({}, { idempotencyKey: 'k'.repeat(256) })).rejects.toMatchObject({ statusCode: 400 });
    const first = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'daily' });
    clock += 23 * 3_600_000;
    expect((await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'daily' })).id).toBe(first.id);
    clock += 2 * 3_600_000;
    expect((await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'daily' })).id).not.toBe(first.id);
  });

  it('D3, D4: a second try gets the first answer, declines too, and says so', async () => {
    const key = freshKey();
    const stripe = world.client(key);
    const first = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'once' });
    const second = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'once' });
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(second.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId);
    expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);

    const attach = () =>
      stripe.paymentMethods.attach('pm_card_visa_chargeDeclined', { customer: first.id }, { idempotencyKey: 'declined' });
    await expect(attach()).rejects.toMatchObject({ statusCode: 402 });
    const again: unknown = await attach().catch((error: unknown) => error);
    expect(again).toMatchObject({ statusCode: 402, headers: { 'idempotent-replayed': 'true' } });
    expect(await names(key)).toEqual(['Ada']);
  });

  it('D5: the same key with other parameters or at another endpoint is an error of its own class', async () => {
    const stripe = world.client(freshKey());
    await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' });
    const expected = {
      type: 'StripeIdempotencyError',
      statusCode: 400,
      message:
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'k' if you meant to execute a different request.",
    };
    await expect(stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'k' })).rejects.toMatchObject(expected);
    await expect(stripe.products.create({ name: 'Ada' }, { idempotencyKey: 'k' })).rejects.toMatchObject(expected);
  });

  it('D6: while the first still runs, a second gets 409, and nothing is stored for it', async () => {
    const key = freshKey();
    const stripe = world.client(key, { maxNetworkRetries: 0 });
    await world.operate('/faults', { account: key, kind: 'delay', delayMs: 200 });
    const first = stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' })).rejects.toMatchObject({
      statusCode: 409,
      code: 'idempotency_key_in_use',
    });
    const { id } = await first;
    expect((await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' })).id).toBe(id);
  });

  it('D7: what was refused before it began may be corrected under the same key', async () => {
    const stripe = world.client(freshKey());
    const prices = (unit_amount: number) =>
      stripe.prices.create({ currency: 'usd', unit_amount, product_data: { name: 'Pro' } }, { idempotencyKey: 'k' });
    await expect(prices(-1)).rejects.toMatchObject({ statusCode: 400 });
    expect((await prices(100)).unit_amount).toBe(100);
  });

  it('D8: answers to keyed POSTs carry the headers that Stripe sends', async () => {
    const { lastResponse } = await world.client(freshKey()).customers.create({});
    expect(lastResponse.headers).toMatchObject({
      'request-id': lastResponse.requestId,
      'original-request': lastResponse.requestId,
      'stripe-should-retry': 'false',
      'stripe-version': '2026-10-28.endive',
    });
  });
});
