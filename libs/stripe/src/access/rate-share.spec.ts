import { describe, expect, it } from '@jest/globals';
import type { StripeLane, StripeLaneRates, StripeRateRequest } from '@turnpike/contracts-http';
import { endpointOf } from './paced-http-client.js';
import { CAREFUL, RateShare } from './rate-share.js';

const lanes = (each: number, more: Partial<StripeLaneRates> = {}): StripeLaneRates => ({
  person: each,
  writes: each,
  sync: each,
  backfill: each,
  ...more,
});

function aShare(grant: (request: StripeRateRequest) => Partial<StripeLaneRates>, perEndpoint = 100) {
  const asked: StripeRateRequest[] = [];
  const share = new RateShare({
    ask: async (request) => {
      asked.push(request);
      return { granted: { ...lanes(0), ...grant(request) }, perEndpoint, seconds: 2 };
    },
    now: Date.now,
  });
  return { share, asked };
}

/** So many requests at once; how many had their turn within the time, in the order of their turns. */
async function turnsWithin(ms: number, share: RateShare, wanted: readonly (readonly [StripeLane, string])[]): Promise<string[]> {
  const had: string[] = [];
  const all = wanted.map(([lane, endpoint]) => share.take(lane, endpoint).then(() => void had.push(`${lane} ${endpoint}`)));
  await Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, ms))]);
  return [...had];
}

const many = (count: number, lane: StripeLane, endpoint = 'GET /v1/customers/:id') =>
  Array.from({ length: count }, () => [lane, endpoint] as const);

describe('a share of the rate', () => {
  it('is asked for when it is needed, once for all who wait', async () => {
    const { share, asked } = aShare(({ wanted }) => wanted);
    expect(await turnsWithin(2_000, share, many(8, 'sync'))).toHaveLength(8);
    expect(asked[0]).toMatchObject({ wanted: { sync: 4, person: 0 }, answered: 0, refused: 0 });
    expect(asked.length).toBeLessThan(5);
    expect(new Set(asked.map(({ holder }) => holder)).size).toBe(1);
  });

  it('is kept to in every lane', async () => {
    const { share } = aShare(() => ({ sync: 5, backfill: 2 }));
    const had = await turnsWithin(900, share, [...many(20, 'backfill'), ...many(20, 'sync', 'GET /v1/events')]);
    expect(had.filter((one) => one.startsWith('backfill')).length).toBeLessThanOrEqual(2);
    expect(had.filter((one) => one.startsWith('sync')).length).toBeLessThanOrEqual(5);
    expect(had.length).toBeGreaterThan(2);
  });

  it('is no more to one endpoint than Stripe allows it, and the others of the lane need not wait', async () => {
    const { share } = aShare(() => ({ sync: 50 }), 2);
    const had = await turnsWithin(700, share, [...many(10, 'sync', 'GET /a'), ...many(2, 'sync', 'GET /b')]);
    expect(had.filter((one) => one === 'sync GET /a').length).toBeLessThanOrEqual(2);
    expect(had.filter((one) => one === 'sync GET /b')).toHaveLength(2);
  });

  it('is a small, fixed one while nobody tells it: nobody is stopped', async () => {
    const share = new RateShare({ ask: () => Promise.reject(new Error('away')), now: Date.now });
    const had = await turnsWithin(800, share, [...many(10, 'person'), ...many(10, 'sync', 'GET /v1/events')]);
    expect(had).toContain('person GET /v1/customers/:id');
    expect(had).toContain('sync GET /v1/events');
    expect(had.length).toBeLessThanOrEqual(CAREFUL.person + CAREFUL.sync);
  });

  it('does not wait for one who does not answer', async () => {
    const share = new RateShare({ ask: () => new Promise(() => undefined), now: Date.now });
    expect(await turnsWithin(5_000, share, many(1, 'person'))).toHaveLength(1);
  });

  it('tells what Stripe has refused, once', async () => {
    const { share, asked } = aShare(({ wanted }) => wanted);
    await turnsWithin(2_000, share, many(1, 'sync'));
    for (const status of [200, 429, 200]) share.answered(status);
    await turnsWithin(3_000, share, many(3, 'writes'));
    await turnsWithin(3_000, share, many(3, 'person'));
    const told = asked.filter(({ answered }) => answered > 0);
    expect(told).toEqual([expect.objectContaining({ answered: 3, refused: 1 })]);
  });
});

describe('an endpoint', () => {
  it.each([
    ['GET', '/v1/customers?limit=100&starting_after=cus_1', 'GET /v1/customers'],
    ['GET', '/v1/customers/cus_Abc123?expand[]=x', 'GET /v1/customers/:id'],
    ['POST', '/v1/invoices/in_1/pay', 'POST /v1/invoices/:id/pay'],
    ['GET', '/v1/test_helpers/test_clocks/clock_1', 'GET /v1/test_helpers/test_clocks/:id'],
  ])('of %s %s is %s', (method, path, endpoint) => {
    expect(endpointOf(method, path)).toBe(endpoint);
  });
});
