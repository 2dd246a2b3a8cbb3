import { defineDeadLetters } from '@turnpike/contracts-events';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import type { ServiceDefinition } from '@turnpike/service';
import { AnnounceRun } from './announce-run.entity.js';
import { AppModule } from './app.module.js';
import { Config } from './config.js';
import { Migration20261121090000_keep_stripe_events } from './migrations/Migration20261121090000_keep_stripe_events.js';
import { StripeEventBody } from './stripe-event-body.entity.js';
import { StripeEvent } from './stripe-event.entity.js';

/** The gateway hears nothing, so nothing is ever laid here: the road asks every service for the topic of its dead letters. */
const GatewayDeadLetters = defineDeadLetters('gateway');

/** Stripe's only door in. */
export const gateway: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'gateway',
  title: 'Turnpike gateway: Stripe tells',
  config: Config,
  entities: [StripeEvent, StripeEventBody, AnnounceRun],
  plan: {
    service: 'gateway',
    migrations: [{ name: 'Migration20261121090000_keep_stripe_events', class: Migration20261121090000_keep_stripe_events }],
  },
  doors: ['/webhooks/stripe', '/internal/gateway'],
  openRoad: (context) => openRoad(context, GatewayDeadLetters),
  module: (context) => AppModule.of(context),
};
