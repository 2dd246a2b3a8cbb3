import { createHmac, timingSafeEqual } from 'node:crypto';

/** Stripe's own default: older deliveries are refused, so that a recorded request cannot be played again later. */
export const SIGNATURE_TOLERANCE_SECONDS = 300;

export type SignatureRefusal = 'no_header' | 'no_timestamp' | 'no_v1' | 'no_secret' | 'mismatch' | 'too_old';
export type SignatureVerdict = { ok: true } | { ok: false; because: SignatureRefusal };

export interface SignedDelivery {
  /** The `Stripe-Signature` header: `t=<unix seconds>,v1=<64 hex>[,v1=…][,v0=…]`. */
  header: string | string[] | undefined;
  /** The body as it came over the wire; parsed and printed again it would no longer verify. */
  body: Buffer;
  /** Every active secret, each with its `whsec_` (that prefix is part of the key). Two while one is being rotated. */
  secrets: readonly string[];
  /** Epoch seconds. */
  now: number;
  /** 0 switches the check of age off, as in Stripe's SDK. */
  toleranceSeconds?: number;
}

const HEX_LENGTH = 64;

/**
 * Whether Stripe signed these bytes (https://docs.stripe.com/webhooks/signature).
 *
 * Not left to the SDK's `constructEvent`, because that takes one secret where a rotation has two, decodes and parses the
 * body before its caller may know who sent it, and throws where a refusal is an ordinary answer with a name. It accepts
 * what the SDK accepts, a timestamp in the future included; the age is judged last, so that only Stripe learns of it.
 */
export function verifySignature({
  header,
  body,
  secrets,
  now,
  toleranceSeconds = SIGNATURE_TOLERANCE_SECONDS,
}: SignedDelivery): SignatureVerdict {
  if (typeof header !== 'string' || header === '') return refused('no_header');

  const { timestamp, signatures } = partsOf(header);
  if (timestamp === null) return refused('no_timestamp');
  if (signatures.length === 0) return refused('no_v1');

  // An empty secret would verify whatever is signed with the empty key, which anybody can do.
  const usable = secrets.filter((secret) => secret.trim() !== '');
  if (usable.length === 0) return refused('no_secret');
  if (!isSignedByAny(usable, timestamp, body, signatures)) return refused('mismatch');

  if (toleranceSeconds > 0 && now - timestamp > toleranceSeconds) return refused('too_old');
  return { ok: true };
}

function refused(because: SignatureRefusal): SignatureVerdict {
  return { ok: false, because };
}

/** Schemes that are not `v1` are passed over: test mode adds a `v0`, and Stripe may add others. */
function partsOf(header: string): { timestamp: number | null; signatures: string[] } {
  let timestamp: number | null = null;
  const signatures: string[] = [];
  for (const part of header.split(',')) {
    const [scheme, value = ''] = part.split('=');
    // Stricter than the SDK, whose parseInt lets `t=abc` through as NaN and then finds it never too old.
    if (scheme === 't') timestamp = /^\d{1,12}$/.test(value) ? Number(value) : null;
    if (scheme === 'v1') signatures.push(value);
  }
  return { timestamp, signatures };
}

/** Every secret is tried with every signature, found or not: the time taken says nothing about which one fitted. */
function isSignedByAny(secrets: readonly string[], timestamp: number, body: Buffer, signatures: readonly string[]): boolean {
  const offered = signatures.filter((signature) => signature.length === HEX_LENGTH).map((signature) => Buffer.from(signature, 'latin1'));
  let found = false;
  for (const secret of secrets) {
    const hex = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
    const expected = Buffer.from(hex, 'latin1');
    for (const signature of offered) {
      if (timingSafeEqual(signature, expected)) found = true;
    }
  }
  return found;
}
