import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Scope } from '@turnpike/contracts-events';
import type { StripeRateRequest } from '@turnpike/contracts-http';
import type { StripeCredentials } from './connections-door.js';
import { StripeAccess } from './stripe-access.js';
import {
  answeredAt,
  isForbidden,
  isMissing,
  isRateLimited,
  isUnauthorized,
  isUnclear,
  missingPermissionOf,
  retryAfterSecondsOf,
  unavailableOr,
} from './stripe-failure.js';

const ACME: Scope = { organization: 'acme', environment: 'sandbox' };
const CONFIG = { WRITER_URLS: new Map<string, string>(), SERVICE_TOKEN: 'x'.repeat(24) };

let server: Server;
let baseUrl: string;
let answer: { status: number; headers?: Record<string, string>; body: object } | 'hang up';
let keysSeen: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    keysSeen.push(String(request.headers.authorization));
    if (answer === 'hang up') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  keysSeen = [];
  answer = { status: 200, body: { id: 'cus_1', object: 'customer' } };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function someAccess(first: Partial<StripeCredentials> = {}) {
  const held: StripeCredentials = {
    connectionId: 'con_1',
    status: 'verified',
    secretKey: 'sk_test_first',
    stripeAccountId: 'acct_1',
    apiVersion: '2026-10-28.endive',
    baseUrl,
    webhookSecrets: [],
    secretsVersion: 1,
    ...first,
  };
  const world = { held, now: 1_000_000, asked: 0, accused: [] as number[] };
  const door = {
    credentials: async () => {
      world.asked += 1;
      return { ...world.held };
    },
    rate: async (_: Scope, __: string, { wanted }: StripeRateRequest) => ({ granted: wanted, perEndpoint: 25, seconds: 2 }),
    unauthorized: async (_: Scope, __: string, { secretsVersion }: { secretsVersion: number }) => void world.accused.push(secretsVersion),
  };
  return { world, access: new StripeAccess(CONFIG, { door, now: () => world.now }) };
}

async function thrown(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

describe('the way to Stripe', () => {
  it('speaks with the connection’s key, and asks for it once a minute', async () => {
    const { world, access } = someAccess();
    for (let time = 0; time < 3; time++) await (await access.client(ACME, 'con_1')).customers.retrieve('cus_1');
    expect(world.asked).toBe(1);
    world.held.secretKey = 'sk_test_second';
    world.now += 60_000;
    await (await access.client(ACME, 'con_1')).customers.retrieve('cus_1');
    expect(keysSeen).toEqual(['Bearer sk_test_first', 'Bearer sk_test_first', 'Bearer sk_test_first', 'Bearer sk_test_second']);
  });

  it('asks once for those who come together', async () => {
    const { world, access } = someAccess();
    const clients = await Promise.all([1, 2, 3].map(() => access.client(ACME, 'con_1')));
    expect(new Set(clients).size).toBe(1);
    expect(world.asked).toBe(1);
  });

  it('forgets a key at the first 401, and accuses that version of it', async () => {
    const { world, access } = someAccess();
    answer = { status: 401, body: { error: { type: 'invalid_request_error', message: 'Invalid API Key provided: sk_test_****irst' } } };
    const error = await thrown(async () => (await access.client(ACME, 'con_1')).customers.retrieve('cus_1'));
    expect(isUnauthorized(error)).toBe(true);
    expect(world.accused).toEqual([1]);
    await access.client(ACME, 'con_1');
    expect(world.asked).toBe(2);
  });

  it.each(['created', 'verifying', 'failed', 'unauthorized', 'removing', 'removed'] as const)(
    'is closed for a connection that is %s',
    async (status) => {
      const { access } = someAccess({ status });
      expect(await thrown(() => access.client(ACME, 'con_1'))).toMatchObject({ code: 'connection_not_usable', kind: 'conflict' });
    },
  );

  it('never takes a sandbox’s key to Stripe, nor a real key elsewhere', async () => {
    const toStripe = someAccess({ baseUrl: 'https://api.stripe.com' });
    expect(await thrown(() => toStripe.access.client(ACME, 'con_1'))).toMatchObject({ code: 'stripe_address_refused' });
    const live = someAccess({ secretKey: 'sk_live_first' });
    expect(await thrown(() => live.access.client(ACME, 'con_1'))).toMatchObject({ code: 'stripe_address_refused' });
    const elsewhere = someAccess();
    expect(await thrown(() => elsewhere.access.client({ ...ACME, environment: 'test' }, 'con_1'))).toMatchObject({
      code: 'stripe_address_refused',
    });
    expect(keysSeen).toEqual([]);
  });
});

describe('what Stripe answers', () => {
  const failing = async (given: typeof answer) => {
    answer = given;
    const { access } = someAccess();
    return thrown(async () => (await access.client(ACME, 'con_1')).customers.retrieve('cus_1'));
  };

  it('has the time of its Date, also where it is an error', async () => {
    const date = 'Sat, 21 Nov 2026 09:00:00 GMT';
    answer = { status: 200, headers: { date }, body: { id: 'cus_1', object: 'customer' } };
    const { access } = someAccess();
    const customer = await (await access.client(ACME, 'con_1')).customers.retrieve('cus_1');
    expect(answeredAt(customer)).toBe(Date.parse(date) / 1000);
    const error = await failing({
      status: 404,
      headers: { date },
      body: { error: { type: 'invalid_request_error', code: 'resource_missing' } },
    });
    expect(isMissing(error)).toBe(true);
    expect(answeredAt(error)).toBe(Date.parse(date) / 1000);
    expect(answeredAt(null)).toBeNull();
  });

  it('names the permission that is missing', async () => {
    const message = `The provided key 'rk_test_****' does not have the required permissions for this endpoint on account 'acct_1'. Having the 'rak_customer_read' permission would allow this request to continue.`;
    const error = await failing({
      status: 403,
      body: { error: { type: 'invalid_request_error', code: 'more_permissions_required', message } },
    });
    expect(isForbidden(error)).toBe(true);
    expect(missingPermissionOf(error)).toBe('rak_customer_read');
  });

  it('is waited for as long as it says', async () => {
    const error = await failing({
      status: 429,
      headers: { 'retry-after': '7' },
      body: { error: { type: 'invalid_request_error', code: 'rate_limit' } },
    });
    expect(isRateLimited(error)).toBe(true);
    expect(isUnclear(error)).toBe(false);
    expect(retryAfterSecondsOf(error)).toBe(7);
    expect(unavailableOr(error)).toMatchObject({ code: 'unavailable', retryAfterSeconds: 7 });
  });

  it('is unclear when it failed, or never came', async () => {
    for (const given of [{ status: 500, body: { error: { type: 'api_error' } } }, 'hang up'] as const) {
      const error = await failing(given);
      expect(isUnclear(error)).toBe(true);
      expect(unavailableOr(error)).toMatchObject({ code: 'unavailable' });
    }
  });

  it('is passed on as it was where it will not pass', async () => {
    const error = await failing({ status: 400, body: { error: { type: 'invalid_request_error', message: 'No such parameter' } } });
    expect(unavailableOr(error)).toBe(error);
    const bug = new TypeError('a bug of ours');
    expect(isUnclear(bug)).toBe(false);
    expect(unavailableOr(bug)).toBe(bug);
  });
});
