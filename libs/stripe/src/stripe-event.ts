import { z } from 'zod';
import { type JsonObject, isJsonObject } from './json.js';

/** One snapshot event, with the words of ours for the parts that older API versions lack or spell otherwise. */
export interface StripeEvent {
  /** `evt_…`; Stripe's id, the key of deduplication together with the connection. */
  id: string;
  /** For example `customer.subscription.updated`; types we do not know are stored and passed on too. */
  type: string;
  /** Epoch seconds, with a resolution of one second: two events may share it, and their order is then unknown. */
  created: number;
  livemode: boolean;
  /** Null in events of the first years. */
  apiVersion: string | null;
  /** The connected account an event of a Connect endpoint belongs to. */
  account: string | null;
  /** The same for accounts under an organization. */
  context: string | null;
  object: JsonObject;
  /** Null for objects that have none, such as the invoice of `invoice.upcoming`. */
  objectId: string | null;
  /** The values that `*.updated` replaced: only the keys that changed, arrays whole. Null for every other type. */
  previousAttributes: JsonObject | null;
  /** The call that caused it; both null when Stripe acted by itself (a renewal) or the version did not say. */
  request: { id: string | null; idempotencyKey: string | null };
}

export type StripeEventRefusal =
  | 'not_json'
  /** A v2 event tells only what to look up (https://docs.stripe.com/event-destinations#thin-events). */
  | 'thin_event'
  | 'not_an_event';

export type StripeEventReading = { ok: true; event: StripeEvent } | { ok: false; because: StripeEventRefusal; detail: string };

const THIN = 'v2.core.event';

const JsonRecord = z.custom<JsonObject>(isJsonObject, 'Expected an object');

/** The envelope (https://docs.stripe.com/api/events/object). What is not read here is not checked either. */
const Envelope = z.object({
  object: z.literal('event'),
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  created: z.int().nonnegative(),
  livemode: z.boolean(),
  api_version: z.string().nullish(),
  account: z.string().nullish(),
  context: z.string().nullish(),
  data: z.object({ object: JsonRecord, previous_attributes: JsonRecord.nullish() }),
  request: z
    .union([
      // Before 2017-05-25 an event named its request by id alone.
      z.string().transform((id) => ({ id, idempotency_key: null })),
      z.object({ id: z.string().nullish(), idempotency_key: z.string().nullish() }),
    ])
    .nullish(),
});

/** Reads a verified webhook body. A refusal has a name and a text without any value of the body. */
export function readStripeEvent(body: Buffer | string): StripeEventReading {
  let parsed: unknown;
  try {
    parsed = JSON.parse(typeof body === 'string' ? body : body.toString('utf8'));
  } catch {
    return refused('not_json', 'The body is not JSON.');
  }
  return fromStripeEvent(parsed);
}

/** The same for a body that is JSON already, such as an entry of a list of events. */
export function fromStripeEvent(parsed: unknown): StripeEventReading {
  if (isJsonObject(parsed) && parsed.object === THIN) {
    return refused('thin_event', 'This is a thin event (v2.core.event); this endpoint takes snapshot events.');
  }
  const envelope = Envelope.safeParse(parsed);
  if (!envelope.success) {
    const where = envelope.error.issues.map((issue) => issue.path.join('.') || 'the body');
    return refused('not_an_event', `Not a Stripe event: ${[...new Set(where)].join(', ')}.`);
  }
  const { data, request, ...event } = envelope.data;
  const objectId = data.object.id;
  return {
    ok: true,
    event: {
      id: event.id,
      type: event.type,
      created: event.created,
      livemode: event.livemode,
      apiVersion: event.api_version ?? null,
      account: event.account ?? null,
      context: event.context ?? null,
      object: data.object,
      objectId: typeof objectId === 'string' && objectId !== '' ? objectId : null,
      previousAttributes: data.previous_attributes ?? null,
      request: { id: request?.id ?? null, idempotencyKey: request?.idempotency_key ?? null },
    },
  };
}

function refused(because: StripeEventRefusal, detail: string): StripeEventReading {
  return { ok: false, because, detail };
}
