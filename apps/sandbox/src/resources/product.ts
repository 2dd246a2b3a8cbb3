import { hash, list, mergedMetadata, metadata, required, text } from '../parameters.js';
import type { State, StripeObject } from '../state.js';

export interface Product extends StripeObject {
  readonly object: 'product';
  readonly active: boolean;
  readonly created: number;
  readonly default_price: string | null;
  readonly description: string | null;
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
  readonly name: string;
  readonly updated: number;
}
declare module '../state.js' {
  interface Kinds {
    product: Product;
  }
}

/** `product_data` of a price or of a price inside a subscription. */
export const productData = hash({
  name: required(text()),
  active: text(),
  id: text(),
  metadata: metadata(),
  statement_descriptor: text(),
  tax_code: text(),
  unit_label: text(),
  images: list(text(), { max: 8 }),
});

interface SentProduct {
  readonly id?: string | undefined;
  readonly name: string;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  readonly statement_descriptor?: string | undefined;
  readonly tax_code?: string | undefined;
  readonly unit_label?: string | undefined;
}

/** J9: a product's id may be chosen, and then has no prefix. */
export function newProduct(state: State, sent: SentProduct, now: number): Product {
  return {
    id: sent.id ?? state.newId('prod', 14),
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: mergedMetadata({}, sent.metadata),
    name: sent.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: sent.statement_descriptor ?? null,
    tax_code: sent.tax_code ?? null,
    tax_details: null,
    type: 'service',
    unit_label: sent.unit_label ?? null,
    updated: now,
    url: null,
  };
}
