import { NotificationsDeadLetters } from '@turnpike/contracts-events';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import type { ServiceDefinition } from '@turnpike/service';
import { AppModule } from './app.module.js';
import { Config } from './config.js';
import { KnownClock } from './known-clock.entity.js';
import { KnownCustomer } from './known-customer.entity.js';
import { KnownSubscription } from './known-subscription.entity.js';
import { Migration20261121100000_tell_customers } from './migrations/Migration20261121100000_tell_customers.js';
import { NotificationRule } from './notification-rule.entity.js';
import { Notification } from './notification.entity.js';

/** Telling people. */
export const notifications: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'notifications',
  title: 'Turnpike notifications',
  config: Config,
  entities: [Notification, NotificationRule, KnownCustomer, KnownSubscription, KnownClock],
  plan: {
    service: 'notifications',
    migrations: [{ name: 'Migration20261121100000_tell_customers', class: Migration20261121100000_tell_customers }],
  },
  doors: ['/v1/notifications', '/v1/notification_rules', '/v1/mailbox', '/mailbox', '/internal/notifications'],
  openRoad: (context) => openRoad(context, NotificationsDeadLetters),
  module: (context) => AppModule.of(context),
};
