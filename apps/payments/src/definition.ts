import { PaymentsDeadLetters } from '@turnpike/contracts-events';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import { Fill, MirroredObject } from '@turnpike/mirror';
import type { ServiceDefinition } from '@turnpike/service';
import { AppModule } from './app.module.js';
import { Config } from './config.js';
import { Invoice } from './invoice.entity.js';
import { Migration20261121100000_create_payments } from './migrations/Migration20261121100000_create_payments.js';
import { Payment } from './payment.entity.js';

/** What was paid. */
export const payments: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'payments',
  title: 'Turnpike payments',
  config: Config,
  entities: [Invoice, Payment, MirroredObject, Fill],
  plan: {
    service: 'payments',
    migrations: [{ name: 'Migration20261121100000_create_payments', class: Migration20261121100000_create_payments }],
  },
  doors: ['/v1/invoices', '/v1/payments', '/v1/payment_fills', '/internal/payments'],
  openRoad: (context) => openRoad(context, PaymentsDeadLetters),
  module: (context) => AppModule.of(context),
};
