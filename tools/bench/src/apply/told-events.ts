import type { StripeEventReceived } from '@turnpike/contracts-events';
import { withoutSecrets } from '@turnpike/stripe';
import { customerCreated, type Kind, subscriptionCreated } from '../ingest/bodies.js';

/** Which events a run is about. No two runs have the same. */
export interface Batch {
  readonly kind: Kind;
  /** Begins every id of this run. */
  readonly name: string;
  readonly items: number;
  /** Whom the subscriptions belong to, by what their ids are made of. */
  readonly customers: { readonly name: string; readonly items: number };
}

interface Printed {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly api_version: string;
  readonly data: { readonly object: StripeEventReceived['object'] & { readonly id: string; readonly object: string } };
}

/** As Stripe sends it. @param now epoch seconds */
export function bodyOf({ kind, name, customers }: Batch, at: number, now: number): string {
  if (kind === 'customer') return customerCreated(`${name}N${at}`, now);
  return subscriptionCreated(`${name}N${at}`, `${customers.name}N${at % customers.items}`, now);
}

/** As the gateway tells it. */
export function toldOf(body: string, connectionId: string): StripeEventReceived {
  const event: Printed = JSON.parse(body);
  return {
    connectionId,
    eventId: event.id,
    type: event.type,
    created: event.created,
    createdAt: new Date(event.created * 1000).toISOString(),
    apiVersion: event.api_version,
    livemode: false,
    account: null,
    objectType: event.data.object.object,
    objectId: event.data.object.id,
    object: withoutSecrets(event.data.object),
    previousAttributes: null,
    request: { id: 'req_BenchBenchBench', idempotencyKey: null },
    receivedAt: new Date(event.created * 1000).toISOString(),
  };
}
