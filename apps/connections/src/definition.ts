import { ConnectionsDeadLetters } from '@turnpike/contracts-events';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import type { ServiceDefinition } from '@turnpike/service';
import { AppModule } from './app.module.js';
import { Config } from './config.js';
import { ConnectionSecret } from './connection-secret.entity.js';
import { Connection } from './connection.entity.js';
import { DataKey } from './data-key.entity.js';
import { Migration20261121150000_create_connections } from './migrations/Migration20261121150000_create_connections.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';

/** The links to Stripe accounts, and the only holder of secrets. */
export const connections: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'connections',
  title: 'Turnpike connections',
  config: Config,
  entities: [Connection, ConnectionSecret, DataKey, WebhookEndpoint],
  plan: {
    service: 'connections',
    migrations: [{ name: 'Migration20261121150000_create_connections', class: Migration20261121150000_create_connections }],
  },
  doors: ['/v1/connections', '/internal/connections'],
  openRoad: (context) => openRoad(context, ConnectionsDeadLetters),
  module: (context) => AppModule.of(context),
};
