import { made, then, unchanged, updated } from '../change.js';
import { agrees, isWithin, timeRange } from '../filters.js';
import {
  anything,
  boolean,
  clearable,
  decimal,
  either,
  hash,
  integer,
  list,
  mergedMetadata,
  metadata,
  oneOf,
  type Raw,
  required,
  text,
} from '../parameters.js';
import { type Answer, listed, type Resource, route, shown } from '../route.js';
import type { Change, State } from '../state.js';
import { invalidRequest, missingObject, missingReference } from '../stripe-error.js';
import { newPrice, type Price, priceData } from './price.js';
import { newProduct, productData } from './product.js';

const KIND = 'price';
const PATH = '/v1/prices';

const created = {
  ...priceData,
  active: boolean(),
  billing_scheme: oneOf('per_unit', 'tiered'),
  lookup_key: text({ max: 200 }),
  nickname: text(),
  tiers: list(
    hash({
      up_to: required(either(integer({ min: 1 }), oneOf('inf'))),
      flat_amount: integer(),
      flat_amount_decimal: decimal(),
      unit_amount: integer(),
      unit_amount_decimal: decimal(),
    }),
  ),
  tiers_mode: oneOf('graduated', 'volume'),
  transfer_lookup_key: boolean(),
  transform_quantity: hash({ divide_by: required(integer({ min: 1 })), round: required(oneOf('down', 'up')) }),
};

/** J2: a lookup key belongs to one price; it moves when told to. */
function freedLookupKey(state: State, key: string | undefined, transfer: boolean | undefined, at: number, but?: string): Change {
  const holder = key === undefined ? undefined : state.list(KIND).find((one) => one.lookup_key === key && one.id !== but);
  if (holder === undefined) return unchanged(state);
  if (!transfer) {
    throw invalidRequest(`A price (\`${holder.id}\`) already uses that lookup key.`, {
      code: 'resource_already_exists',
      param: 'lookup_key',
    });
  }
  return updated(unchanged(state), { ...holder, lookup_key: null }, { type: 'price.updated', at });
}

const found = (state: State, id: string): Price => {
  const price = state.find(KIND, id);
  if (price === undefined) throw missingObject('price', id, 'price');
  return price;
};

function ofProduct(
  state: State,
  product: string | undefined,
  data: ReturnType<typeof productData.read> | undefined,
  now: number,
): { change: Change; product: string } {
  if (product !== undefined) {
    if (state.find('product', product) === undefined) throw missingReference('product', product, 'product');
    return { change: unchanged(state), product };
  }
  if (data === undefined) throw invalidRequest('Missing required param: product.', { code: 'parameter_missing', param: 'product' });
  const fresh = newProduct(state, data, now);
  return { change: made(unchanged(state), fresh, { type: 'product.created', at: now }), product: fresh.id };
}

export const prices: Resource = {
  kind: KIND,
  expands: { product: 'product' },
  hidden: ['tiers'],
  includes: { currency_options: (_state, price) => price.currency_options ?? {} },
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: 'plan',
      parameters: { ...created, product: text(), product_data: productData },
      run(state, { parameters, now }): Answer {
        const owner = ofProduct(state, parameters.product, parameters.product_data, now);
        const price = newPrice(owner.change.state, owner.product, parameters, now);
        const freed = then(owner.change, (next) => freedLookupKey(next, parameters.lookup_key, parameters.transfer_lookup_key, now));
        return { ...made(freed, price, { type: 'price.created', at: now }), body: price };
      },
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: 'plan',
      lists: true,
      parameters: {
        active: boolean(),
        created: timeRange(),
        currency: text(),
        lookup_keys: list(text(), { max: 10 }),
        product: text(),
        recurring: hash({ interval: text(), meter: text(), usage_type: text() }),
        type: oneOf('one_time', 'recurring'),
      },
      run(state, { parameters: by }) {
        const all = state
          .list(KIND)
          .filter(
            (one) =>
              state.find('sandbox.inline_price', one.id) === undefined &&
              agrees(one, { active: by.active, currency: by.currency, product: by.product, type: by.type }) &&
              (by.lookup_keys === undefined || (one.lookup_key !== null && by.lookup_keys.includes(one.lookup_key))) &&
              (by.recurring?.interval === undefined || one.recurring?.interval === by.recurring.interval) &&
              (by.recurring?.meter === undefined || one.recurring?.meter === by.recurring.meter) &&
              (by.recurring?.usage_type === undefined || one.recurring?.usage_type === by.recurring.usage_type) &&
              isWithin(one.created, by.created),
          );
        return listed(state, all, PATH, 'price');
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: 'plan',
      parameters: {},
      run: (state, { path }) => shown(state, found(state, path.id ?? '')),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: 'plan',
      // J1: nothing that would change what existing subscribers pay.
      parameters: {
        active: boolean(),
        currency_options: anything(),
        lookup_key: clearable(text({ max: 200 })),
        metadata: metadata(),
        nickname: clearable(text()),
        tax_behavior: oneOf('exclusive', 'inclusive', 'unspecified'),
        transfer_lookup_key: boolean(),
      },
      run(state, { path, parameters: sent, now }): Answer {
        const before = found(state, path.id ?? '');
        checkUpdate(state, before, sent);
        const freed = freedLookupKey(state, sent.lookup_key ?? undefined, sent.transfer_lookup_key, now, before.id);
        const after: Price = {
          ...before,
          active: sent.active ?? before.active,
          lookup_key: sent.lookup_key === undefined ? before.lookup_key : sent.lookup_key,
          metadata: mergedMetadata(before.metadata, sent.metadata),
          nickname: sent.nickname === undefined ? before.nickname : sent.nickname,
          tax_behavior: sent.tax_behavior ?? before.tax_behavior,
        };
        return { ...updated(freed, after, { type: 'price.updated', at: now }), body: after };
      },
    }),
  ],
};

function checkUpdate(state: State, price: Price, sent: { active?: boolean | undefined; tax_behavior?: Raw | undefined }): void {
  if (sent.active === false && state.find('product', price.product)?.default_price === price.id) {
    throw invalidRequest('This price cannot be archived because it is the default price of its product.');
  }
  if (sent.tax_behavior !== undefined && price.tax_behavior !== 'unspecified' && sent.tax_behavior !== price.tax_behavior) {
    throw invalidRequest('The tax behavior of a price cannot be changed after it was set.', { param: 'tax_behavior' });
  }
}
