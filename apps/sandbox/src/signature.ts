import { createHmac } from 'node:crypto';

/**
 * The `Stripe-Signature` of a delivery (A1–A4): one v1 for each secret in force, whole secrets as keys, prefix and all; and, as in Stripe's
 * test mode, a v0 that receivers must not take for a signature.
 */
export function signatureOf(body: string, secrets: readonly string[], at: number): string {
  const signed = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex');
  const genuine = secrets.map((secret) => `v1=${signed(secret, `${at}.${body}`)}`);
  return [`t=${at}`, ...genuine, `v0=${signed('v0', `${at}.${body}`)}`].join(',');
}
