import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import type { ProductCreateRequest, ProductsListRequest } from '@turnpike/contracts-http';
import { lockKeys } from '@turnpike/messaging';
import { Database, isId, newId, pageOptions, pageWhere } from '@turnpike/service';
import { catalogKeyOf } from './catalog-lock.js';
import { KeyTaken, ProductNotFound } from './catalog.errors.js';
import { Product } from './product.entity.js';

/** What is sold. Every method runs in the transaction of its caller. */
@Injectable()
export class ProductsService {
  constructor(private readonly database: Database) {}

  /** @throws KeyTaken */
  async create(scope: Scope, { key, name }: ProductCreateRequest, now: Date): Promise<Product> {
    const { organization, environment } = scope;
    const transaction = this.database.current();
    await lockKeys(transaction, [catalogKeyOf(scope)]);
    const known = await transaction.em.findOne(Product, { organization, environment, key });
    if (known) throw new KeyTaken('Product', key, known.id);
    return this.add(scope, key, name, now);
  }

  /** Call with the catalog's key locked, for a key that no product has. */
  add({ organization, environment }: Scope, key: string, name: string, now: Date): Product {
    const times = { createdAt: now, updatedAt: now, revision: 1 };
    return this.database
      .current()
      .em.create(Product, { organization, environment, id: newId('pr'), key, name, freePlanKey: null, ...times });
  }

  /** @throws ProductNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Product> {
    const product = isId('pr', id) ? await this.database.current().em.findOne(Product, { organization, environment, id }) : null;
    if (!product) throw new ProductNotFound(id);
    return product;
  }

  /** Newest first; one more than the page has, where there are more. */
  list({ organization, environment }: Scope, query: ProductsListRequest): Promise<Product[]> {
    const { key } = query;
    return this.database
      .current()
      .em.find(
        Product,
        { organization, environment, ...(key === undefined ? {} : { key }), ...pageWhere(query, (text) => isId('pr', text)) },
        pageOptions(query),
      );
  }
}
