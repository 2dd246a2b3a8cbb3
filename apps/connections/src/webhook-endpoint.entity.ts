import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';
import type Stripe from 'stripe';

/** The exact body of the call that makes an endpoint: repeated unchanged, Stripe answers as the first time (architecture rule 7). */
export interface EndpointRequest {
  readonly url: string;
  readonly apiVersion: string;
  readonly enabledEvents: readonly Stripe.WebhookEndpointCreateParams.EnabledEvent[];
}

/**
 * A webhook endpoint of ours at Stripe. `wanted` is stored before the call, with its exact body; its id is the idempotency key. `retiring`
 * was replaced and is deleted when `deleteAt` has come, so that what Stripe signed with its secret still counts.
 */
export const WebhookEndpoint = defineEntity({
  name: 'WebhookEndpoint',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** `ep_` and a UUIDv7. */
    id: p.text().primary(),
    connectionId: p.text(),
    state: p.enum(['wanted', 'active', 'retiring'] as const),
    /** Stripe's `we_…`; null until it answered. */
    stripeId: p.text().strictNullable(),
    request: p.json<EndpointRequest>(),
    deleteAt: p.datetime().strictNullable(),
    createdAt: p.datetime(),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'webhook_endpoint_by_connection', properties: ['organization', 'environment', 'connectionId'] }],
  ...ownRowsOnly,
});
export type WebhookEndpoint = InferEntity<typeof WebhookEndpoint>;
