import { describe, expect, it } from '@jest/globals';
import { readStripeEvent } from './stripe-event.js';

const EVENT = {
  id: 'evt_1',
  object: 'event',
  api_version: '2026-10-28.endive',
  created: 1_800_000_000,
  data: { object: { id: 'cus_1', object: 'customer' }, previous_attributes: { email: null } },
  livemode: false,
  pending_webhooks: 1,
  request: { id: 'req_1', idempotency_key: 'key_1' },
  type: 'customer.updated',
};

function readingOf(change: Record<string, unknown>) {
  return readStripeEvent(Buffer.from(JSON.stringify({ ...EVENT, ...change })));
}

function eventOf(change: Record<string, unknown>) {
  const reading = readingOf(change);
  if (!reading.ok) throw new Error(reading.detail);
  return reading.event;
}

describe('a webhook body', () => {
  it('is read into our words', () => {
    expect(eventOf({})).toEqual({
      id: 'evt_1',
      type: 'customer.updated',
      created: 1_800_000_000,
      livemode: false,
      apiVersion: '2026-10-28.endive',
      account: null,
      context: null,
      object: { id: 'cus_1', object: 'customer' },
      objectId: 'cus_1',
      previousAttributes: { email: null },
      request: { id: 'req_1', idempotencyKey: 'key_1' },
    });
  });

  it('may be of an API version that lacks parts or writes the request as a string', () => {
    expect(eventOf({ api_version: undefined }).apiVersion).toBeNull();
    expect(eventOf({ api_version: null }).apiVersion).toBeNull();
    expect(eventOf({ request: 'req_old' }).request).toEqual({ id: 'req_old', idempotencyKey: null });
    expect(eventOf({ request: null }).request).toEqual({ id: null, idempotencyKey: null });
    expect(eventOf({ request: undefined, pending_webhooks: undefined }).request).toEqual({ id: null, idempotencyKey: null });
  });

  it('may be about an object without an id', () => {
    expect(eventOf({ type: 'invoice.upcoming', data: { object: { object: 'invoice' } } }).objectId).toBeNull();
  });

  it('says whose account it is about when the endpoint is for connected accounts', () => {
    expect(eventOf({ account: 'acct_1', context: 'acct_2' })).toMatchObject({ account: 'acct_1', context: 'acct_2' });
  });

  it('may be of a type that nobody knows, and may hold U+0000', () => {
    const event = eventOf({ type: 'moon.landed', data: { object: { id: 'm', name: 'a\u0000b' } } });
    expect(event).toMatchObject({ type: 'moon.landed', object: { name: 'a\u0000b' } });
  });

  it('is refused by name when it is not JSON', () => {
    expect(readStripeEvent(Buffer.from('id=evt_1'))).toMatchObject({ ok: false, because: 'not_json' });
    expect(readStripeEvent(Buffer.alloc(0))).toMatchObject({ ok: false, because: 'not_json' });
  });

  it('is refused by name when it is a thin event', () => {
    expect(readingOf({ object: 'v2.core.event', created: '2026-01-01T00:00:00Z' })).toMatchObject({ ok: false, because: 'thin_event' });
  });

  it.each([
    [{ id: undefined }],
    [{ created: '1' }],
    [{ data: {} }],
    [{ data: { object: [] } }],
    [{ object: 'charge' }],
    [{ livemode: null }],
  ])('is refused when %j', (change) => {
    expect(readingOf(change)).toMatchObject({ ok: false, because: 'not_an_event' });
  });

  it('is refused in words that hold nothing of the body', () => {
    const reading = readingOf({ created: 'a-secret', data: { object: 'another' } });
    expect(reading).toEqual({ ok: false, because: 'not_an_event', detail: 'Not a Stripe event: created, data.object.' });
  });

  it.each(['null', '[]', '7', '"text"'])('is refused when it is %s', (body) => {
    expect(readStripeEvent(body)).toMatchObject({ ok: false, because: 'not_an_event' });
  });
});
