import { type Scope, wireKey } from '@turnpike/contracts-events';

/** What is locked by whoever changes a product, a plan of it, a version, or where one stands at Stripe: the order key of plan versions. */
export function productKeyOf(scope: Scope, productId: string): string {
  return wireKey(scope, productId);
}

/** What is locked by whoever makes a product, so that no two get one key. A colon is in no id. */
export function catalogKeyOf(scope: Scope): string {
  return wireKey(scope, 'catalog:');
}
