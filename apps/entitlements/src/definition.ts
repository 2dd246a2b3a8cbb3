import { EntitlementsDeadLetters } from '@turnpike/contracts-events';
import { EntitlementResponse, EntitlementsRequest } from '@turnpike/contracts-http';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import type { ServiceDefinition } from '@turnpike/service';
import { Access } from './access.entity.js';
import { AppModule } from './app.module.js';
import { Config } from './config.js';
import { KnownClock } from './known-clock.entity.js';
import { KnownCustomer } from './known-customer.entity.js';
import { KnownPlanVersion } from './known-plan-version.entity.js';
import { KnownSubscription } from './known-subscription.entity.js';
import { KnownWorkspace } from './known-workspace.entity.js';
import { Migration20261121150000_create_entitlements } from './migrations/Migration20261121150000_create_entitlements.js';

/** Who may use what, now. */
export const entitlements: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'entitlements',
  title: 'Turnpike entitlements',
  config: Config,
  entities: [Access, KnownClock, KnownCustomer, KnownPlanVersion, KnownSubscription, KnownWorkspace],
  plan: {
    service: 'entitlements',
    migrations: [{ name: 'Migration20261121150000_create_entitlements', class: Migration20261121150000_create_entitlements }],
  },
  doors: ['/v1/entitlements', '/internal/entitlements'],
  plainRoutes: [
    {
      method: 'get',
      path: '/v1/entitlements/{customer}/{feature}',
      operationId: 'entitlements.get',
      summary: 'Whether a customer may use a feature now, and how much of it.',
      parameters: [
        { name: 'customer', in: 'path', description: 'our id or yours' },
        { name: 'feature', in: 'path', description: 'the key that the plans give it' },
      ],
      query: EntitlementsRequest,
      answer: EntitlementResponse,
    },
  ],
  openRoad: (context) => openRoad(context, EntitlementsDeadLetters),
  module: (context) => AppModule.of(context),
};
