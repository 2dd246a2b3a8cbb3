import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { anEvent, OLD_SECRET, SECRET, signed, StartedGateway } from './testing/started-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await StartedGateway.start();
});
beforeEach(() => gateway.empty());
afterAll(async () => {
  await gateway?.stop();
});

describe('a delivery that is Stripe’s', () => {
  it('is stored and announced before it is acknowledged', async () => {
    const answer = await gateway.deliver(anEvent({ id: 'evt_first', created: 1_700_000_000 }, { id: 'cus_first' }));
    expect(answer).toMatchObject({ status: 200, body: { received: true, duplicate: false } });
    expect(await gateway.rows('stripe_event')).toMatchObject([
      {
        organization: 'acme',
        environment: 'test',
        connection_id: 'acme-test',
        event_id: 'evt_first',
        type: 'customer.created',
        object_type: 'customer',
        object_id: 'cus_first',
        livemode: false,
        api_version: '2026-10-28.endive',
        outcome: 'announced',
        created_at: new Date('2023-11-14T22:13:20Z'),
      },
    ]);
    expect(await gateway.announced()).toMatchObject([
      {
        connectionId: 'acme-test',
        eventId: 'evt_first',
        type: 'customer.created',
        created: 1_700_000_000,
        createdAt: '2023-11-14T22:13:20.000Z',
        objectType: 'customer',
        objectId: 'cus_first',
        object: { name: 'Ada' },
        previousAttributes: null,
        request: { id: 'req_1', idempotencyKey: 'key-1' },
      },
    ]);
    const [message] = await gateway.rows('outbox');
    expect(message).toMatchObject({
      topic: 'gateway.stripe-event.received.v1',
      key: 'acme/test/acme-test/cus_first',
      order_key: 'acme/test/acme-test/cus_first',
    });
  });

  it('is accepted under either of two secrets while one is being replaced, and under both at once', async () => {
    const body = anEvent();
    const both = `${signed(body, { secret: 'whsec_a_stranger' })},${signed(body).split(',')[1]}`;
    expect((await gateway.deliver(anEvent(), { secret: SECRET })).status).toBe(200);
    expect((await gateway.deliver(anEvent(), { secret: OLD_SECRET })).status).toBe(200);
    expect((await gateway.deliver(body, { header: both })).status).toBe(200);
  });

  it('is accepted just within the tolerance', async () => {
    expect((await gateway.deliver(anEvent(), { age: 295 })).status).toBe(200);
  });

  it('may say any content type', async () => {
    for (const contentType of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
      expect((await gateway.deliver(anEvent(), { contentType })).status).toBe(200);
    }
  });

  it('of a type that nobody knows is stored, acknowledged and passed on', async () => {
    const answer = await gateway.deliver(anEvent({ type: 'quantum.entangled' }, { object: 'quantum', id: 'q_1' }));
    expect(answer.status).toBe(200);
    expect(await gateway.announced()).toMatchObject([{ type: 'quantum.entangled', objectType: 'quantum', objectId: 'q_1' }]);
  });

  it('about an object without an id is keyed by its event', async () => {
    await gateway.deliver(
      anEvent({ id: 'evt_upcoming', type: 'invoice.upcoming', data: { object: { object: 'invoice', lines: { data: [] } } } }),
    );
    expect(await gateway.rows('outbox')).toMatchObject([{ key: 'acme/test/acme-test/evt_upcoming' }]);
    expect(await gateway.announced()).toMatchObject([{ objectId: null, objectType: 'invoice' }]);
  });

  it('of the other mode is stored and acknowledged, and not announced', async () => {
    expect((await gateway.deliver(anEvent({ livemode: true }), { connection: 'acme-test' })).body).toEqual({
      received: true,
      duplicate: false,
    });
    expect((await gateway.deliver(anEvent({ livemode: false }), { connection: 'acme-live' })).status).toBe(200);
    expect(await gateway.rows('stripe_event')).toMatchObject([{ outcome: 'other_mode' }, { outcome: 'other_mode' }]);
    expect(await gateway.rows('stripe_event_body')).toHaveLength(2);
    expect(await gateway.announced()).toEqual([]);

    expect((await gateway.deliver(anEvent({ livemode: true }), { connection: 'acme-live' })).status).toBe(200);
    expect(await gateway.announced()).toMatchObject([{ connectionId: 'acme-live', livemode: true }]);
  });

  it('with an object above 900 KB is announced with null, to be fetched', async () => {
    const large = { id: 'cus_large', description: 'x'.repeat(950 * 1024) };
    expect((await gateway.deliver(anEvent({}, large))).status).toBe(200);
    expect(await gateway.announced()).toMatchObject([{ objectId: 'cus_large', object: null }]);
  });

  it('is told apart from the same event id on another connection', async () => {
    const body = anEvent({ id: 'evt_shared' });
    expect((await gateway.deliver(body, { connection: 'acme-test' })).body).toEqual({ received: true, duplicate: false });
    expect((await gateway.deliver(body, { connection: 'globex-test' })).body).toEqual({ received: true, duplicate: false });
    expect(await gateway.rows('stripe_event')).toHaveLength(2);
  });
});

describe('a refused delivery', () => {
  const v0 = (body: string) => signed(body).replace('v1=', 'v0=');
  const pretty = anEvent();
  const thin = JSON.stringify({
    id: 'evt_1',
    object: 'v2.core.event',
    type: 'v1.billing.meter.error_report_triggered',
    created: '2026-11-21T09:00:00.000Z',
    livemode: false,
  });
  const REFUSALS: ReadonlyArray<
    readonly [
      name: string,
      send: () => Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>,
      status: number,
      code: string,
    ]
  > = [
    ['signed with a wrong secret', () => gateway.deliver(pretty, { secret: 'whsec_wrong' }), 400, 'signature_invalid'],
    ['signed with v0 only', () => gateway.deliver(pretty, { header: v0(pretty) }), 400, 'signature_without_v1'],
    ['signed 301 s ago', () => gateway.deliver(pretty, { age: 301 }), 400, 'signature_too_old'],
    [
      'printed again after it was signed',
      () => gateway.deliver(JSON.stringify(JSON.parse(pretty)), { header: signed(pretty) }),
      400,
      'signature_invalid',
    ],
    ['without a signature', () => gateway.deliver(pretty, { header: null }), 400, 'signature_missing'],
    ['with an empty signature', () => gateway.deliver(pretty, { header: '' }), 400, 'signature_missing'],
    [
      'without a timestamp',
      () => gateway.deliver(pretty, { header: signed(pretty).replace(/t=\d+,/, '') }),
      400,
      'signature_without_timestamp',
    ],
    [
      'to a connection whose secret is blank',
      () => gateway.deliver(pretty, { connection: 'acme-blank', secret: '  ' }),
      400,
      'webhook_secret_blank',
    ],
    [
      'signed with the blank key',
      () => gateway.deliver(pretty, { connection: 'acme-blank', header: signed(pretty, { secret: '' }) }),
      400,
      'webhook_secret_blank',
    ],
    ['larger than 1 MiB', () => gateway.deliver(anEvent({}, { description: 'x'.repeat(1024 * 1024) })), 413, 'body_too_large'],
    ['that is not JSON', () => gateway.deliver('not JSON'), 400, 'body_not_json'],
    ['that is empty', () => gateway.deliver(''), 400, 'body_not_json'],
    ['that is another object', () => gateway.deliver(JSON.stringify({ object: 'customer', id: 'cus_1' })), 400, 'not_a_stripe_event'],
    ['that has a NUL in its id', () => gateway.deliver(anEvent({ id: 'evt_\u0000' })), 400, 'not_a_stripe_event'],
    ['that is a thin event', () => gateway.deliver(thin), 400, 'thin_event'],
    ['to a connection that nobody has', () => gateway.deliver(pretty, { connection: 'acme-none' }), 404, 'connection_not_found'],
  ];

  it.each(REFUSALS)('%s is told why, and leaves no row', async (_, send, status, code) => {
    const answer = await send();
    expect(answer).toMatchObject({ status, body: { status, code, type: `urn:turnpike:problem:${code}` } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await gateway.rows('stripe_event')).toEqual([]);
    expect(await gateway.rows('stripe_event_body')).toEqual([]);
    expect(await gateway.announced()).toEqual([]);
  });

  it('is counted by its code, and a stored one by what became of it', async () => {
    await gateway.deliver(pretty, { header: null });
    await gateway.deliver(anEvent());
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/turnpike_webhooks_total\{outcome="signature_missing",service="gateway"\} [1-9]/);
    expect(metrics).toMatch(/turnpike_webhooks_total\{outcome="announced",service="gateway"\} [1-9]/);
  });
});

describe('the same event again', () => {
  it('is acknowledged as a duplicate, and neither stored nor announced again', async () => {
    const body = anEvent();
    await gateway.deliver(body);
    expect((await gateway.deliver(body)).body).toEqual({ received: true, duplicate: true });
    expect(await gateway.rows('stripe_event')).toHaveLength(1);
    expect(await gateway.announced()).toHaveLength(1);
  });

  it('counts once when it comes three times at once, among others', async () => {
    const bodies = Array.from({ length: 40 }, () => anEvent());
    const answers = await Promise.all([...bodies, ...bodies, ...bodies].map((body) => gateway.deliver(body)));
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    expect(answers.filter((answer) => answer.body['duplicate'] === false)).toHaveLength(40);
    expect(await gateway.rows('stripe_event')).toHaveLength(40);
    expect(new Set((await gateway.announced()).map((told) => told['eventId'])).size).toBe(40);
    expect(await gateway.announced()).toHaveLength(40);
  });
});
