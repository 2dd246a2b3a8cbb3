import { CatalogDeadLetters } from '@turnpike/contracts-events';
import { StripeIntent } from '@turnpike/intents';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import { Fill, MirroredObject } from '@turnpike/mirror';
import type { ServiceDefinition } from '@turnpike/service';
import { AppModule } from './app.module.js';
import { Config } from './config.js';
import { KnownConnection } from './known-connection.entity.js';
import { Migration20261121160000_create_catalog } from './migrations/Migration20261121160000_create_catalog.js';
import { PlanVersion } from './plan-version.entity.js';
import { Plan } from './plan.entity.js';
import { Price } from './price.entity.js';
import { Product } from './product.entity.js';
import { SyncRecord } from './sync-record.entity.js';

/** What is sold. */
export const catalog: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'catalog',
  title: 'Turnpike catalog',
  config: Config,
  entities: [Product, Plan, PlanVersion, Price, SyncRecord, KnownConnection, StripeIntent, MirroredObject, Fill],
  plan: {
    service: 'catalog',
    migrations: [{ name: 'Migration20261121160000_create_catalog', class: Migration20261121160000_create_catalog }],
  },
  doors: ['/v1/catalog', '/v1/products', '/v1/plans', '/v1/plan_versions', '/v1/catalog_fills', '/internal/catalog'],
  openRoad: (context) => openRoad(context, CatalogDeadLetters),
  module: (context) => AppModule.of(context),
};
