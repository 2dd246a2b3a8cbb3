import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
beforeAll(async () => {
  world = await startedSandbox();
});
afterAll(() => world.stop());

const failing = async (fault: Record<string, unknown>, config = {}) => {
  const account = freshKey();
  await world.operate('/faults', { account, match: { method: 'POST', path: '/v1/customers' }, ...fault });
  return world.client(account, config);
};
const count = async (stripe: ReturnType<StartedSandbox['client']>) => (await stripe.customers.list()).data.length;

describe('planned faults', () => {
  it('E2, F5: a 429 is not tried again by the SDK, and says why it was limited', async () => {
    const stripe = await failing({ kind: '429' });
    const error: unknown = await stripe.customers.create({}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      type: 'StripeRateLimitError',
      statusCode: 429,
      code: 'rate_limit',
      headers: { 'stripe-rate-limited-reason': 'global-rate' },
    });
    expect(error).not.toHaveProperty('headers.retry-after');
    expect(await count(stripe)).toBe(0);
  });

  it('F6: a lock that was not got in time', async () => {
    const stripe = await failing({ kind: 'lock-timeout' });
    await expect(stripe.customers.create({})).rejects.toMatchObject({ statusCode: 429, code: 'lock_timeout' });
  });

  it('E1, E4: a 500 or 503 twice is got over by the SDK, with the same key', async () => {
    for (const kind of ['500', '503']) {
      const stripe = await failing({ kind, times: 2 });
      await stripe.customers.create({});
      expect(await count(stripe)).toBe(1);
    }
  });

  it('a connection cut before the work leaves nothing, and one cut after it leaves the one object that the next try finds', async () => {
    for (const kind of ['reset-before', 'reset-after-commit']) {
      // Twice: of a connection that was closed the SDK makes one more try, whatever it was told.
      const stripe = await failing({ kind, times: 2 }, { maxNetworkRetries: 0 });
      await expect(stripe.customers.create({}, { idempotencyKey: 'k' })).rejects.toMatchObject({ type: 'StripeConnectionError' });
      expect(await count(stripe)).toBe(kind === 'reset-before' ? 0 : 1);
      await stripe.customers.create({}, { idempotencyKey: 'k' });
      expect(await count(stripe)).toBe(1);
    }
  });

  it('a timeout is an answer that does not come', async () => {
    const stripe = await failing({ kind: 'timeout', delayMs: 300 }, { maxNetworkRetries: 0, timeout: 50 });
    await expect(stripe.customers.create({})).rejects.toMatchObject({ type: 'StripeConnectionError' });
    expect(await count(stripe)).toBe(0);
  });

  it('are forgotten when told, and meet only their account and path', async () => {
    const stripe = await failing({ kind: '429', times: 5 });
    await stripe.products.create({ name: 'Pro' });
    await world.client(freshKey()).customers.create({});
    await world.operate('/faults', {}, 'DELETE');
    await stripe.customers.create({});
  });
});
