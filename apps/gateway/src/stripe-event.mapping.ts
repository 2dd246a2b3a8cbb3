import { MAX_BODY_BYTES, type StripeEventReceived } from '@turnpike/contracts-events';
import { type StripeEvent, withoutSecrets } from '@turnpike/stripe';

/**
 * Bodies up to here need no measuring: printed again, JSON grows at most sevenfold (the number `1e20` has 21 digits).
 */
const CERTAINLY_SMALL_BYTES = 100 * 1024;

/** Where and when an event came in. */
export interface Reception {
  readonly connectionId: string;
  readonly receivedAt: Date;
  /** The length of the body it came in. */
  readonly bodyBytes: number;
}

/**
 * What of a Stripe event goes on the topic: never secrets, card details or addresses. An object too large for a topic is announced as
 * null, to be fetched (road 1.4); so are the previous values when they alone are too large.
 */
export function toStripeEventReceived(event: StripeEvent, { connectionId, receivedAt, bodyBytes }: Reception): StripeEventReceived {
  const { id, type, created, apiVersion, livemode, account, objectId, object, previousAttributes, request } = event;
  const told: StripeEventReceived = {
    connectionId,
    eventId: id,
    type,
    created,
    createdAt: new Date(created * 1000).toISOString(),
    apiVersion,
    livemode,
    account,
    objectType: objectTypeOf(event),
    objectId,
    object: withoutSecrets(object),
    previousAttributes: previousAttributes === null ? null : withoutSecrets(previousAttributes),
    request: request.id === null && request.idempotencyKey === null ? null : request,
    receivedAt: receivedAt.toISOString(),
  };
  if (bodyBytes <= CERTAINLY_SMALL_BYTES || fits(told)) return told;
  const withoutObject = { ...told, object: null };
  return fits(withoutObject) ? withoutObject : { ...withoutObject, previousAttributes: null };
}

/** Stripe's word for what the event is about. The few objects that do not name themselves are named as the type begins: `invoice` of `invoice.created`. */
export function objectTypeOf({ object, type }: Pick<StripeEvent, 'object' | 'type'>): string {
  const named = object['object'];
  return typeof named === 'string' && named !== '' ? named : type.split('.', 1)[0] || type;
}

function fits(told: StripeEventReceived): boolean {
  return Buffer.byteLength(JSON.stringify(told)) <= MAX_BODY_BYTES;
}
