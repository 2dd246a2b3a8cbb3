import { made, removed, unchanged, updated } from '../change.js';
import { agrees, isWithin, timeRange } from '../filters.js';
import {
  anything,
  boolean,
  clearable,
  type Fields,
  hash,
  list,
  mergedMetadata,
  metadata,
  oneOf,
  type ReadOf,
  required,
  text,
} from '../parameters.js';
import { type Answer, listed, type Resource, retrieval, route } from '../route.js';
import type { State } from '../state.js';
import { invalidRequest, missingObject, missingReference } from '../stripe-error.js';
import { newPrice, priceData } from './price.js';
import { newProduct, type Product } from './product.js';

const KIND = 'product';
const PATH = '/v1/products';

const written = {
  active: boolean(),
  description: clearable(text({ max: 40_000 })),
  images: clearable(list(text(), { max: 8 })),
  marketing_features: clearable(list(hash({ name: required(text({ max: 80 })) }), { max: 15 })),
  metadata: metadata(),
  package_dimensions: clearable(anything()),
  shippable: boolean(),
  statement_descriptor: clearable(text({ max: 22 })),
  tax_code: clearable(text()),
  tax_details: clearable(anything()),
  unit_label: clearable(text({ max: 12 })),
  url: clearable(text()),
} satisfies Fields;

/** Fields that are kept as sent; those that take more are set after. */
function applied(product: Product, sent: ReadOf<typeof written> & { name?: string | undefined; type?: string | undefined }): Product {
  const { metadata: sentMetadata, images, marketing_features, ...plain } = sent;
  const given = Object.fromEntries(Object.entries(plain).filter(([name, value]) => value !== undefined && Object.hasOwn(product, name)));
  return {
    ...product,
    ...given,
    ...(images === undefined ? {} : { images: images ?? [] }),
    ...(marketing_features === undefined ? {} : { marketing_features: marketing_features ?? [] }),
    metadata: mergedMetadata(product.metadata, sentMetadata),
  };
}

const found = (state: State, id: string): Product => {
  const product = state.find(KIND, id);
  if (product === undefined) throw missingObject('product', id);
  return product;
};

/** J6: a product's default price is its own, and active. */
function checkDefaultPrice(state: State, product: Product): void {
  if (product.default_price === null) return;
  const price = state.find('price', product.default_price);
  if (price === undefined) throw missingReference('price', product.default_price, 'default_price');
  if (price.product !== product.id) {
    throw invalidRequest(`The price \`${price.id}\` does not belong to the product \`${product.id}\`.`, { param: 'default_price' });
  }
  if (!price.active) {
    throw invalidRequest('The price specified is inactive. This field only accepts active prices.', { param: 'default_price' });
  }
}

export const products: Resource = {
  kind: KIND,
  expands: { default_price: 'price' },
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: KIND,
      parameters: {
        ...written,
        id: text(),
        name: required(text()),
        type: oneOf('good', 'service'),
        default_price_data: hash(priceData),
      },
      run(state, { parameters, now }): Answer {
        const { id, name, default_price_data: data, ...sent } = parameters;
        if (id !== undefined && state.find(KIND, id) !== undefined) {
          throw invalidRequest('Product already exists.', { code: 'resource_already_exists', param: 'id' });
        }
        const bare = applied(newProduct(state, { id, name }, now), sent);
        const price = data && newPrice(state, bare.id, data, now);
        const product: Product = { ...bare, default_price: price?.id ?? null };
        const change = made(unchanged(state), product, { type: 'product.created', at: now });
        return { ...(price ? made(change, price, { type: 'price.created', at: now }) : change), body: product };
      },
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: KIND,
      lists: true,
      parameters: { active: boolean(), created: timeRange(), ids: list(text()), shippable: boolean(), type: text(), url: text() },
      run(state, { parameters: by }) {
        const all = state
          .list(KIND)
          .filter(
            (one) =>
              (by.active === undefined || one.active === by.active) &&
              (by.ids === undefined || by.ids.includes(one.id)) &&
              agrees(one, { shippable: by.shippable, type: by.type, url: by.url }) &&
              isWithin(one.created, by.created),
          );
        return listed(state, all, PATH, 'product');
      },
    }),
    retrieval(PATH, KIND, found),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: { ...written, name: text(), default_price: clearable(text()) },
      run(state, { path, parameters, now }): Answer {
        const before = found(state, path.id ?? '');
        const sent = applied(before, parameters);
        const changed = updated(unchanged(state), sent, { at: now }).state !== state;
        const after: Product = changed ? { ...sent, updated: now } : sent;
        checkDefaultPrice(state, after);
        return { ...updated(unchanged(state), after, { type: 'product.updated', at: now }), body: after };
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: {},
      run(state, { path, now }): Answer {
        const product = found(state, path.id ?? '');
        // J5: what was ever priced can only be archived.
        if (state.list('price').some((price) => price.product === product.id)) {
          throw invalidRequest('This product cannot be deleted because it has one or more user-created prices.');
        }
        const change = removed(unchanged(state), KIND, product.id, { type: 'product.deleted', at: now });
        return { ...change, body: { id: product.id, object: KIND, deleted: true } };
      },
    }),
  ],
};
