import { CustomersDeadLetters } from '@turnpike/contracts-events';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import { Fill, MirroredObject } from '@turnpike/mirror';
import type { ServiceDefinition } from '@turnpike/service';
import { AppModule } from './app.module.js';
import { Clock } from './clock.entity.js';
import { Config } from './config.js';
import { Customer } from './customer.entity.js';
import { Migration20261121090000_create_customers } from './migrations/Migration20261121090000_create_customers.js';
import { Subscription } from './subscription.entity.js';
import { Workspace } from './workspace.entity.js';

export { EVENT_OUTCOMES, type EventOutcome } from './event-outcomes.js';

/** Who buys, and what they have subscribed to. */
export const customers: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'customers',
  title: 'Turnpike customers',
  config: Config,
  entities: [Customer, Subscription, Clock, Workspace, MirroredObject, Fill],
  plan: {
    service: 'customers',
    migrations: [{ name: 'Migration20261121090000_create_customers', class: Migration20261121090000_create_customers }],
  },
  doors: ['/v1/customers', '/v1/subscriptions', '/v1/workspaces', '/v1/customer_fills', '/internal/customers'],
  openRoad: (context) => openRoad(context, CustomersDeadLetters),
  module: (context) => AppModule.of(context),
};
