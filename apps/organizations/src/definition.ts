import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import type { ServiceDefinition } from '@turnpike/service';
import { ApiKey } from './api-key.entity.js';
import { AppModule } from './app.module.js';
import { Config } from './config.js';
import { Migration20261121140000_create_organizations } from './migrations/Migration20261121140000_create_organizations.js';
import { Organization } from './organization.entity.js';

/** Who uses Turnpike. */
export const organizations: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'organizations',
  title: 'Turnpike organizations: who uses it',
  config: Config,
  entities: [Organization, ApiKey],
  plan: {
    service: 'organizations',
    migrations: [{ name: 'Migration20261121140000_create_organizations', class: Migration20261121140000_create_organizations }],
  },
  doors: ['/v1/organization', '/v1/api_keys', '/internal/organizations'],
  openRoad: (context) => openRoad(context, null),
  module: (context) => AppModule.of(context),
};
