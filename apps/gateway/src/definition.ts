import { GatewayDeadLetters } from '@turnpike/contracts-events';
import { StripeWebhookResponse } from '@turnpike/contracts-http';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import type { ServiceDefinition } from '@turnpike/service';
import { AnnounceRun } from './announce-run.entity.js';
import { AppModule } from './app.module.js';
import { Config } from './config.js';
import { Migration20261121090000_keep_stripe_events } from './migrations/Migration20261121090000_keep_stripe_events.js';
import { EventCursor } from './event-cursor.entity.js';
import { GapSweep } from './gap-sweep.entity.js';
import { KnownConnection } from './known-connection.entity.js';
import { Migration20261121151000_know_connections } from './migrations/Migration20261121151000_know_connections.js';
import { Migration20261121183000_sweep_for_gaps } from './migrations/Migration20261121183000_sweep_for_gaps.js';
import { StripeEventBody } from './stripe-event-body.entity.js';
import { StripeEvent } from './stripe-event.entity.js';

/** Stripe's only door in. */
export const gateway: ServiceDefinition<typeof Config, ServiceRoad> = {
  name: 'gateway',
  title: 'Turnpike gateway: Stripe tells',
  config: Config,
  entities: [StripeEvent, StripeEventBody, AnnounceRun, KnownConnection, EventCursor, GapSweep],
  plan: {
    service: 'gateway',
    migrations: [
      { name: 'Migration20261121090000_keep_stripe_events', class: Migration20261121090000_keep_stripe_events },
      { name: 'Migration20261121151000_know_connections', class: Migration20261121151000_know_connections },
      { name: 'Migration20261121183000_sweep_for_gaps', class: Migration20261121183000_sweep_for_gaps },
    ],
  },
  doors: ['/webhooks/stripe', '/v1/gap_sweeps', '/internal/gateway'],
  plainRoutes: [
    {
      method: 'post',
      path: '/webhooks/stripe/{connectionId}',
      operationId: 'stripeWebhooks.receive',
      summary: 'Takes one signed event of Stripe; 2xx means durable',
      parameters: [
        { name: 'connectionId', in: 'path', description: 'the connection that the endpoint belongs to' },
        { name: 'stripe-signature', in: 'header', description: "Stripe's signature over the raw body" },
      ],
      answer: StripeWebhookResponse,
    },
  ],
  openRoad: (context) => openRoad(context, GatewayDeadLetters),
  module: (context) => AppModule.of(context),
};
