import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { pretty } from './pretty.js';
import { signatureOf } from './signature.js';
import { eventOf, type Receiver, startedReceiver } from './testing/receiver.js';
import { eventually, freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
let receiver: Receiver;
let key: string;
let stripe: Stripe;
beforeEach(async () => {
  world = await startedSandbox({ retryAfterMs: [30, 30, 30] });
  receiver = await startedReceiver();
  key = freshKey();
  stripe = world.client(key);
});
afterEach(async () => {
  await world.stop();
  await receiver.stop();
});

const heard = (count: number) => eventually(() => (receiver.received.length >= count ? receiver.received : undefined));
const verified = (secret: string, { body, signature } = receiver.received[0]!) => stripe.webhooks.constructEvent(body, signature, secret);
const endpoint = (more: Partial<Stripe.WebhookEndpointCreateParams> = {}) =>
  stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'], ...more });

describe('deliveries', () => {
  it('A1, A2: are signed so that the SDK takes them, with the whole secret as key', async () => {
    const { secret } = await endpoint();
    await stripe.customers.create({ name: 'Ada' });
    await heard(1);
    expect(receiver.received[0]?.signature).toMatch(/^t=\d{10},v1=[0-9a-f]{64},v0=[0-9a-f]{64}$/);
    expect(verified(secret!).type).toBe('customer.created');
    expect(() => verified(secret!.replace('whsec_', ''))).toThrow(Stripe.errors.StripeSignatureVerificationError);
  });

  it('A1: a signature computed by hand is the same', () => {
    // printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_test
    const v1 = '35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91';
    expect(signatureOf('{}', ['whsec_test'], 1_700_000_000)).toContain(`t=1700000000,v1=${v1},v0=`);
  });

  it('A3: the v0 beside it is no signature', async () => {
    const { secret } = await endpoint();
    await stripe.customers.create({});
    const [{ body, signature } = { body: '', signature: '' }] = await heard(1);
    expect(() => verified(secret!, { body, signature: signature.replace(/v1=[^,]*,/, '') })).toThrow(
      'No signatures found with expected scheme',
    );
  });

  it('A4: while a secret is replaced, both sign', async () => {
    const { id, secret: old } = await endpoint();
    const { secret } = await world.operate(`/webhook_endpoints/${id}/roll_secret`, { account: key, expireOldAfterSeconds: 60 });
    await stripe.customers.create({});
    await heard(1);
    expect(verified(old!).type).toBe('customer.created');
    expect(verified(String(secret)).type).toBe('customer.created');
  });

  it('A6: are pretty-printed with two spaces, empty arrays over three lines', async () => {
    const { secret } = await endpoint();
    await stripe.products.create({ name: 'Pro' });
    const [{ body, signature } = { body: '', signature: '' }] = await heard(1);
    expect(body).toContain('\n      "images": [\n\n      ],\n');
    expect(body.startsWith('{\n  "id": "evt_')).toBe(true);
    expect(() => verified(secret!, { body: JSON.stringify(JSON.parse(body)), signature })).toThrow();
    expect(pretty({ a: [1, { b: null }], c: {} })).toBe('{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {\n  }\n}');
  });

  it('A8, B1, B2: are tried again after a failure or a redirect, the same event signed anew, three times and no more', async () => {
    await endpoint();
    receiver.answers.push(500, 301, 404, 503);
    await stripe.customers.create({});
    const attempts = await heard(4);
    expect(new Set(attempts.map((one) => eventOf(one).id)).size).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(receiver.received).toHaveLength(4);
    expect((await stripe.events.list({ delivery_success: false })).data).toHaveLength(1);
  });

  it('B3: stop when the endpoint is disabled or deleted', async () => {
    const { id } = await endpoint();
    receiver.answers.push(500, 500);
    await stripe.customers.create({});
    await heard(1);
    await stripe.webhookEndpoints.update(id, { disabled: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(receiver.received).toHaveLength(1);
  });

  it('go on after a restart', async () => {
    await endpoint();
    receiver.answers.push(500);
    await stripe.customers.create({});
    await heard(1);
    await world.restart();
    await heard(2);
    await eventually(async () => ((await world.client(key).events.list()).data[0]?.pending_webhooks === 0 ? true : undefined));
  });

  it('B9: show the event in the version of the endpoint', async () => {
    await endpoint({ api_version: '2024-06-20' });
    await stripe.customers.create({});
    expect(eventOf((await heard(1))[0]!)).toMatchObject({ api_version: '2024-06-20' });
  });

  it('go only to endpoints that asked for the type', async () => {
    await endpoint({ enabled_events: ['product.created'] });
    await stripe.customers.create({});
    await stripe.products.create({ name: 'Pro' });
    expect(eventOf((await heard(1))[0]!).type).toBe('product.created');
    expect((await stripe.events.list({ type: 'customer.*' })).data[0]?.pending_webhooks).toBe(0);
  });
});

describe('webhook endpoints', () => {
  it('B7: are sixteen at most', async () => {
    for (let made = 0; made < 16; made += 1) await endpoint();
    await expect(endpoint()).rejects.toMatchObject({ statusCode: 400 });
  });

  it('B8: show their secret once', async () => {
    const { id, secret } = await endpoint();
    expect(secret).toMatch(/^whsec_\w{32}$/);
    expect(await stripe.webhookEndpoints.retrieve(id)).not.toHaveProperty('secret');
    expect(JSON.stringify(await stripe.webhookEndpoints.list())).not.toContain('whsec_');
  });

  it('B9: keep the version they were made with', async () => {
    const { id } = await endpoint();
    const response = await world.raw('POST', `/v1/webhook_endpoints/${id}`, { key, body: 'api_version=2024-06-20' });
    expect(await response.json()).toMatchObject({ error: { code: 'parameter_unknown', param: 'api_version' } });
  });
});

describe('events', () => {
  it('B12, B13, B14, B20: tell who caused them and what changed, and are snapshots', async () => {
    const { id } = await stripe.customers.create({ name: 'Ada', metadata: { a: '1' } });
    const { lastResponse } = await stripe.customers.update(id, { name: 'Bob', metadata: { b: '2' } }, { idempotencyKey: 'mine' });
    const [updated, created] = (await stripe.events.list()).data;
    expect(updated).toMatchObject({
      object: 'event',
      api_version: '2026-10-28.endive',
      livemode: false,
      pending_webhooks: 0,
      type: 'customer.updated',
      request: { id: lastResponse.requestId, idempotency_key: 'mine' },
      data: { previous_attributes: { name: 'Ada', metadata: { b: null } }, object: { name: 'Bob' } },
    });
    expect(created).toMatchObject({ type: 'customer.created', data: { object: { name: 'Ada' } } });
    expect(created?.data).not.toHaveProperty('previous_attributes');
  });

  it('a change that changes nothing tells nothing', async () => {
    const { id } = await stripe.customers.create({ name: 'Ada' });
    await stripe.customers.update(id, { name: 'Ada' });
    expect((await stripe.events.list()).data).toHaveLength(1);
  });

  it('B15: are listed by type, by types, by time', async () => {
    const { id } = await stripe.customers.create({});
    await stripe.customers.update(id, { name: 'Ada' });
    await stripe.products.create({ name: 'Pro' });
    const typesOf = async (by: Stripe.EventListParams) => (await stripe.events.list(by)).data.map(({ type }) => type);
    expect(await typesOf({ type: 'customer.*' })).toEqual(['customer.updated', 'customer.created']);
    expect(await typesOf({ types: ['product.created', 'customer.created'] })).toEqual(['product.created', 'customer.created']);
    expect(await typesOf({ created: { gt: Math.floor(Date.now() / 1000) + 10 } })).toEqual([]);
  });

  it('B16: ending_before gives whoever catches up what came after, page by page', async () => {
    const { id } = await stripe.customers.create({});
    const [seen] = (await stripe.events.list()).data;
    for (let count = 0; count < 25; count += 1) await stripe.customers.update(id, { name: `n${count}` });
    const names: unknown[] = [];
    let last = seen!.id;
    for (let more = true; more;) {
      const page = await stripe.events.list({ ending_before: last, limit: 10 });
      names.push(...page.data.toReversed().map(({ data }) => (data.object as Stripe.Customer).name));
      last = page.data[0]!.id;
      more = page.has_more;
    }
    expect(names).toEqual(Array.from({ length: 25 }, (_, count) => `n${count}`));
  });
});
