import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectionsDoor, STRIPE_API_VERSION, StripeAccess } from '@turnpike/stripe';
import { until } from '@turnpike/testing';
import { ACME, SERVICE_TOKEN, someKeys, StartedConnections } from './testing/started-connections.js';

const LIMIT = 20;
let world: StartedConnections;
let stripe: Server;
let connectionId: string;
let answer = 200;
/** When each request came. */
let arrivals: { at: number; path: string }[] = [];

beforeAll(async () => {
  world = await StartedConnections.start({ environment: { STRIPE_RATES: `sandbox=${LIMIT}` } });
  connectionId = (await world.connect(someKeys())).id;
  stripe = createServer((request, response) => {
    request.resume();
    arrivals.push({ at: performance.now(), path: request.url ?? '' });
    response.writeHead(answer, { 'content-type': 'application/json' });
    response.end(answer === 200 ? '{"id":"cus_1","object":"customer"}' : '{"error":{"type":"invalid_request_error","code":"rate_limit"}}');
  });
  await new Promise<void>((resolve) => stripe.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  stripe?.closeAllConnections();
  await new Promise((resolve) => stripe?.close(resolve));
  await world?.stop();
});

/** A process as `connections` sees it: it has a name of its own, and asks over HTTP. */
function aProcess(): StripeAccess {
  const door = new ConnectionsDoor({ WRITER_URLS: new Map([['connections', world.url]]), SERVICE_TOKEN });
  return new StripeAccess(
    { WRITER_URLS: new Map(), SERVICE_TOKEN },
    {
      door: {
        rate: (...asked) => door.rate(...asked),
        unauthorized: async () => undefined,
        credentials: async () => ({
          ...{ connectionId, status: 'verified', secretKey: 'sk_test_counted', stripeAccountId: 'acct_1', secretsVersion: 1 },
          ...{ apiVersion: STRIPE_API_VERSION, baseUrl: `http://127.0.0.1:${(stripe.address() as AddressInfo).port}`, webhookSecrets: [] },
        }),
      },
    },
  );
}

/** Asks as fast as it may, several at once, for so long. @returns how many were answered */
async function busy(access: StripeAccess, lane: 'sync' | 'backfill' | 'person', forMs: number, name: string): Promise<number> {
  const end = Date.now() + forMs;
  let answered = 0;
  const worker = async () => {
    const client = await access.client(ACME, connectionId, lane);
    while (Date.now() < end)
      await client.customers.retrieve(`cus_${name}`).then(
        () => (answered += 1),
        () => undefined,
      );
  };
  await Promise.all([worker(), worker(), worker(), worker(), worker(), worker()]);
  return answered;
}

const mostWithin = (ms: number) =>
  Math.max(0, ...arrivals.map(({ at }) => arrivals.filter((one) => one.at >= at && one.at < at + ms).length));
const givenOut = async () =>
  Number(
    (await world.rows('stripe_rate_share'))
      .filter((row) => (row['until'] as Date) > new Date())
      .reduce(
        (sum, row) => sum + ['person', 'writes', 'sync', 'backfill'].reduce((all, lane) => all + Number(row[`granted_${lane}`]), 0),
        0,
      ),
  );

describe('the rate of a Stripe account', () => {
  it('is not exceeded by all processes together, whatever they ask for, and is used', async () => {
    arrivals = [];
    let most = 0;
    const watching = setInterval(() => void givenOut().then((now) => (most = Math.max(most, now))), 50);
    const [one, other] = [aProcess(), aProcess()];
    await Promise.all([
      busy(one, 'backfill', 8_000, 'a'),
      new Promise((resolve) => setTimeout(resolve, 2_500)).then(() => busy(other, 'sync', 5_500, 'b')),
    ]);
    clearInterval(watching);
    // Five seconds, since requests that were sent apart arrive together on a busy machine; what was given out is exact.
    expect(mostWithin(5_000)).toBeLessThanOrEqual(5 * LIMIT);
    expect(most).toBeLessThanOrEqual(LIMIT);
    expect(most).toBeGreaterThan(LIMIT / 2);
    const of = (name: string) => arrivals.filter(({ path }) => path.endsWith(name)).length;
    // Who looks up what is in doubt goes before who reads what was there before us, and neither starves.
    expect(of('cus_b')).toBeGreaterThan(20);
    expect(of('cus_a')).toBeGreaterThan(20);
  });

  it('lets a person in while others take all they can get', async () => {
    const backfill = busy(aProcess(), 'backfill', 3_000, 'c');
    await until('the backfill has the rate', async () => (await givenOut()) > LIMIT / 2);
    const person = await aProcess().client(ACME, connectionId, 'person');
    const askedAt = Date.now();
    await person.customers.retrieve('cus_person');
    expect(Date.now() - askedAt).toBeLessThan(2_000);
    await backfill;
  });

  it('is lowered by 429, and free again for others when its holder is silent', async () => {
    answer = 429;
    await busy(aProcess(), 'sync', 1_500, 'd');
    answer = 200;
    const [rate] = await world.rows('stripe_rate');
    expect(Number(rate?.['lowered_to'])).toBeLessThan(LIMIT);
    await until('its lease is over', async () => (await givenOut()) === 0);
  });

  it('is asked for without `connections` carefully, and nobody is stopped', async () => {
    const process = aProcess();
    await (await process.client(ACME, connectionId)).customers.retrieve('cus_before');
    await world.leaveTo('http://127.0.0.1:9');
    const after = aProcess();
    await (await after.client(ACME, connectionId, 'person')).customers.retrieve('cus_alone');
    await world.restart();
    expect(arrivals.at(-1)?.path).toBe('/v1/customers/cus_alone');
  });

  it('is nobody’s of another organization', async () => {
    const asked = await fetch(`${world.url}/internal/connections/${connectionId}/rate`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${SERVICE_TOKEN}`, 'content-type': 'application/json' },
        ...{ 'turnpike-organization': 'globex', 'turnpike-environment': 'sandbox' },
      },
      body: JSON.stringify({
        holder: '00000000-0000-4000-8000-000000000000',
        wanted: { person: 1, writes: 0, sync: 0, backfill: 0 },
        ...{ answered: 0, refused: 0 },
      }),
    });
    expect(asked.status).toBe(404);
  });
});
