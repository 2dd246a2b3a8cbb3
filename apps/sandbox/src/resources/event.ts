import type { Change, Emitted, State, StripeObject } from '../state.js';
import { missingObject } from '../stripe-error.js';
import { receives, type WebhookEndpoint } from './webhook-endpoint.js';

/** What happened, told once and for ever: `data.object` is a snapshot in the newest shape; answers and deliveries show it in theirs (B9, B20). */
export interface StripeEvent extends StripeObject {
  readonly object: 'event';
  readonly api_version: string;
  readonly created: number;
  readonly data: { readonly object: StripeObject; readonly previous_attributes?: Readonly<Record<string, unknown>> };
  readonly livemode: false;
  /** Endpoints that were not told yet. */
  readonly pending_webhooks: number;
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null };
  readonly type: string;
}

/** One event to one endpoint. `nextAttemptAt` is milliseconds on the wall clock, whatever clock the event's object lives on (P5). */
export interface Delivery extends StripeObject {
  readonly object: 'sandbox.delivery';
  readonly event: string;
  readonly endpoint: string;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly status: 'pending' | 'delivered' | 'failed';
}
declare module '../state.js' {
  interface Kinds {
    'sandbox.delivery': Delivery;
    event: StripeEvent;
  }
}

export interface Cause {
  /** null: nobody's request, time passed (B13). */
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
}
export const BY_ITSELF: Cause = { requestId: null, idempotencyKey: null };

/** The state with its change's events written down, and a delivery for every endpoint that wants one. */
export function recorded(change: Change, cause: Cause, wanted: (object: StripeObject) => StripeObject): State {
  let state = change.state;
  for (const emitted of change.events) state = withEvent(state, emitted, emitted.automatic ? BY_ITSELF : cause, wanted);
  return state;
}

function withEvent(state: State, emitted: Emitted, cause: Cause, wanted: (object: StripeObject) => StripeObject): State {
  const endpoints = state.list('webhook_endpoint').filter((endpoint: WebhookEndpoint) => receives(endpoint, emitted.type));
  const { previous } = emitted;
  const event: StripeEvent = {
    id: state.newId('evt'),
    object: 'event',
    api_version: state.settings.apiVersion,
    created: emitted.at,
    data: { object: wanted(emitted.object), ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: endpoints.length,
    request: { id: cause.requestId, idempotency_key: cause.idempotencyKey },
    type: emitted.type,
  };
  let next = state.with(event);
  for (const endpoint of endpoints) next = next.with(newDelivery(next, event.id, endpoint.id));
  return next;
}

function newDelivery(state: State, event: string, endpoint: string): Delivery {
  return { id: state.newId('dlv'), object: 'sandbox.delivery', event, endpoint, attempts: 0, nextAttemptAt: 0, status: 'pending' };
}

/** An attempt ended: told, or to be tried again after a while, or given up when there is no next wait (B1, B2). */
export function attempted(state: State, delivery: Delivery, succeeded: boolean, nowMs: number, retryAfterMs: readonly number[]): State {
  const wait = retryAfterMs[delivery.attempts];
  const attempts = delivery.attempts + 1;
  if (succeeded) return toldOnce(state.with({ ...delivery, attempts, status: 'delivered' }), delivery.event);
  if (wait === undefined) return state.with({ ...delivery, attempts, status: 'failed' });
  return state.with({ ...delivery, attempts, nextAttemptAt: nowMs + wait });
}

/** The endpoint is gone or disabled when its delivery is due: it is not tried again (B3). */
export const givenUp = (state: State, delivery: Delivery): State => state.with({ ...delivery, status: 'failed' });

function toldOnce(state: State, id: string): State {
  const event = state.find('event', id);
  return event === undefined ? state : state.with({ ...event, pending_webhooks: event.pending_webhooks - 1 });
}

/**
 * Without the oldest events, up to one of them or all: what Stripe lists no more after 30 days, or when test data is deleted.
 * @throws StripeError when there is no such event
 */
export function withoutEvents(state: State, upTo?: string): { state: State; count: number } {
  const events = state.list('event');
  const last = upTo === undefined ? events.length - 1 : events.findIndex(({ id }) => id === upTo);
  if (upTo !== undefined && last < 0) throw missingObject('event', upTo);
  const gone = new Set(events.slice(0, last + 1).map(({ id }) => id));
  let next = state;
  for (const id of gone) next = next.without('event', id);
  for (const { id, event } of state.list('sandbox.delivery')) if (gone.has(event)) next = next.without('sandbox.delivery', id);
  return { state: next, count: gone.size };
}
