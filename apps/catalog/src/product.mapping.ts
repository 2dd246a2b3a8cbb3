import type { ProductResponse } from '@turnpike/contracts-http';
import type { Product } from './product.entity.js';

export function toProductResponse({ id, key, name, freePlanKey, createdAt, updatedAt }: Product): ProductResponse {
  return { id, key, name, freePlan: freePlanKey, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
