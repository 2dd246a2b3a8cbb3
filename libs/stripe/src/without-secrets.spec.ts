import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from './json.js';
import { withoutSecrets } from './without-secrets.js';

const CANARY = 'canary-4242';

/** Written out here apart from the code under test. */
const NEVER = [
  ...['client_secret', 'secret', 'api_key', 'confirmation_secret', 'webhook_secret', 'access_token', 'refresh_token'],
  ...['card', 'card_present', 'payment_method_details', 'us_bank_account', 'sepa_debit', 'bank_account', 'acss_debit', 'bacs_debit'],
  ...[
    'fingerprint',
    'iban',
    'account_number',
    'routing_number',
    'number',
    'cvc',
    'cvc_check',
    'exp_month',
    'exp_year',
    'last4',
    'dynamic_last4',
  ],
  ...[
    'address',
    'customer_address',
    'address_line1',
    'address_zip',
    'shipping',
    'shipping_details',
    'customer_shipping',
    'billing_details',
  ],
  ...['phone', 'customer_phone', 'ip', 'ip_address', 'sort_code', 'account_holder_name'],
];
const HARMLESS = [
  'id',
  'items',
  'data',
  'plan',
  'price',
  'status',
  'customer',
  'latest_invoice',
  'payment_settings',
  'lines',
  'default_source',
];

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const tree: fc.Arbitrary<JsonObject> = fc.letrec<{ node: JsonValue; object: JsonObject }>((tie) => ({
  node: fc.oneof({ maxDepth: 5 }, leaf, tie('object'), fc.array(tie('node'), { maxLength: 3 })),
  object: fc.dictionary(fc.constantFrom(...HARMLESS), tie('node'), { maxKeys: 5 }),
})).object;

/** Every object in a tree, so that a canary can be put into any. */
function objectsIn(value: JsonValue): JsonObject[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

describe('an object on its way to a topic', () => {
  it('never carries what stood under a forbidden key, at any depth and in any shape', () => {
    fc.assert(
      fc.property(
        tree,
        fc.nat(),
        fc.constantFrom(...NEVER),
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        (object, place, key, shape, upper) => {
          const places = objectsIn(object);
          const host = places[place % places.length]!;
          host[upper ? key.toUpperCase() : key] = [CANARY, { deep: CANARY }, [CANARY], { list: [{ deep: CANARY }] }][shape]!;
          const before = JSON.stringify(object);
          expect(JSON.stringify(withoutSecrets(object))).not.toContain(CANARY);
          expect(JSON.stringify(object)).toBe(before);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('keeps everything else as it was', () => {
    fc.assert(
      fc.property(tree, (object) => {
        expect(withoutSecrets(object)).toEqual(object);
      }),
    );
  });

  it('keeps of metadata only what we wrote there', () => {
    const object = { id: 'sub_1', metadata: { note: CANARY, turnpike_plan: 'pro', turnpike_client_secret: CANARY } };
    expect(withoutSecrets(object)).toEqual({ id: 'sub_1', metadata: { turnpike_plan: 'pro' } });
    expect(withoutSecrets({ metadata: CANARY })).toEqual({});
    expect(withoutSecrets({ metadata: [CANARY] })).toEqual({});
  });

  it('keeps the name and e-mail of a customer', () => {
    const customer = { id: 'cus_1', object: 'customer', name: 'Ada', email: 'ada@example.com', phone: '+1', address: { city: 'X' } };
    expect(withoutSecrets(customer)).toEqual({ id: 'cus_1', object: 'customer', name: 'Ada', email: 'ada@example.com' });
  });

  it('keeps of a card, a bank account or a source only which one it is', () => {
    const card = { id: 'card_1', object: 'card', brand: 'visa', customer: 'cus_1', name: CANARY, country: CANARY };
    expect(withoutSecrets(card)).toEqual({ id: 'card_1', object: 'card', customer: 'cus_1' });
    expect(withoutSecrets({ id: 'ch_1', source: { ...card } })).toEqual({
      id: 'ch_1',
      source: { id: 'card_1', object: 'card', customer: 'cus_1' },
    });
    expect(JSON.stringify(withoutSecrets({ sources: { data: [card] } }))).not.toContain(CANARY);
    expect(withoutSecrets({ object: 'card', id: { deep: CANARY } })).toEqual({ object: 'card' });
  });

  it('keeps the number of an invoice, which is no card', () => {
    expect(withoutSecrets({ object: 'invoice', number: 'A-0001' })).toEqual({ object: 'invoice', number: 'A-0001' });
    expect(withoutSecrets({ object: 'invoice', number: { deep: CANARY } })).toEqual({ object: 'invoice' });
    expect(withoutSecrets({ object: 'charge', number: CANARY })).toEqual({ object: 'charge' });
  });

  it('is not brought down by an object nested for that purpose, nor by a key named __proto__', () => {
    const deep = JSON.parse(`${'{"items":'.repeat(50_000)}{"last4":"${CANARY}"}${'}'.repeat(50_000)}`) as JsonObject;
    expect(JSON.stringify(withoutSecrets(deep))).not.toContain(CANARY);
    const lists = JSON.parse(`{"items":${'['.repeat(50_000)}${']'.repeat(50_000)}}`) as JsonObject;
    expect(JSON.stringify(withoutSecrets(lists)).length).toBeLessThan(1_000);
    const poisoned = withoutSecrets(JSON.parse(`{"__proto__":{"last4":"${CANARY}"},"phone":"1","id":"x"}`) as JsonObject);
    expect(Object.keys(poisoned)).toEqual(['id']);
    expect(Object.getPrototypeOf(poisoned)).toBe(Object.prototype);
  });
});
