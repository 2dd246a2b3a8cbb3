import { describe, expect, it } from '@jest/globals';
import { MAX_BODY_BYTES, StripeEventReceived } from '@turnpike/contracts-events';
import { type StripeEvent, fromStripeEvent } from '@turnpike/stripe';
import { toStripeEventReceived } from './stripe-event.mapping.js';

const reception = { connectionId: 'acme-test', receivedAt: new Date('2026-11-21T09:00:00.000Z'), bodyBytes: 2_000 };

function anEvent(changes: Partial<StripeEvent> = {}): StripeEvent {
  const object = { id: 'cus_1', object: 'customer', name: 'Ada' };
  return {
    id: 'evt_1',
    type: 'customer.updated',
    created: 1_700_000_000,
    livemode: false,
    apiVersion: '2026-10-28.endive',
    account: null,
    context: null,
    object,
    objectId: 'cus_1',
    previousAttributes: { name: 'Bob' },
    request: { id: 'req_1', idempotencyKey: 'key-1' },
    ...changes,
  };
}

describe('what goes on the topic', () => {
  it('is what the contract says, field by field', () => {
    const told = toStripeEventReceived(anEvent({ account: 'acct_1' }), reception);
    expect(StripeEventReceived.data.parse(told)).toEqual({
      connectionId: 'acme-test',
      eventId: 'evt_1',
      type: 'customer.updated',
      created: 1_700_000_000,
      createdAt: '2023-11-14T22:13:20.000Z',
      apiVersion: '2026-10-28.endive',
      livemode: false,
      account: 'acct_1',
      objectType: 'customer',
      objectId: 'cus_1',
      object: { id: 'cus_1', object: 'customer', name: 'Ada' },
      previousAttributes: { name: 'Bob' },
      request: { id: 'req_1', idempotencyKey: 'key-1' },
      receivedAt: '2026-11-21T09:00:00.000Z',
    });
  });

  it('has no request where Stripe acted by itself', () => {
    expect(toStripeEventReceived(anEvent({ request: { id: null, idempotencyKey: null } }), reception).request).toBeNull();
    expect(toStripeEventReceived(anEvent({ request: { id: null, idempotencyKey: 'key' } }), reception).request).toEqual({
      id: null,
      idempotencyKey: 'key',
    });
  });

  it('holds no secret, neither of the object nor of what it was before', () => {
    const secret = { client_secret: 'canary', card: { last4: 'canary' }, address: { line1: 'canary' } };
    const told = toStripeEventReceived(
      anEvent({ object: { id: 'pi_1', object: 'payment_intent', ...secret }, previousAttributes: { ...secret, status: 'x' } }),
      reception,
    );
    expect(JSON.stringify(told)).not.toContain('canary');
    expect(told.previousAttributes).toEqual({ status: 'x' });
  });

  it('names an object that does not name itself as the type begins', () => {
    expect(toStripeEventReceived(anEvent({ type: 'balance.available', object: {} }), reception).objectType).toBe('balance');
    expect(toStripeEventReceived(anEvent({ type: '.', object: {} }), reception).objectType).toBe('.');
  });

  it('is null for an object too large for a topic, and for previous values that are', () => {
    const large = { id: 'cus_1', object: 'customer', description: 'x'.repeat(MAX_BODY_BYTES) };
    const object = toStripeEventReceived(anEvent({ object: large }), { ...reception, bodyBytes: MAX_BODY_BYTES + 500 });
    expect(object).toMatchObject({ object: null, objectId: 'cus_1', previousAttributes: { name: 'Bob' } });
    const both = toStripeEventReceived(anEvent({ previousAttributes: { description: large.description } }), {
      ...reception,
      bodyBytes: MAX_BODY_BYTES + 500,
    });
    expect(both).toMatchObject({ object: null, previousAttributes: null });
  });

  it('fits a topic though printed JSON may be longer than what came', () => {
    // 5 bytes each as they come (`1e20,`), 22 when they are printed again.
    const body = `{"id":"evt_1","object":"event","type":"a.b","created":1,"livemode":false,"data":{"object":{"id":"x","list":[${'1e20,'.repeat(60_000)}1]}}}`;
    const reading = fromStripeEvent(JSON.parse(body));
    if (!reading.ok) throw new Error(reading.detail);
    const told = toStripeEventReceived(reading.event, { ...reception, bodyBytes: body.length });
    expect(told.object).toBeNull();
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThanOrEqual(MAX_BODY_BYTES);
  });
});
