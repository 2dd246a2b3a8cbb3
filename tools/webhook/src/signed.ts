import { createHmac } from 'node:crypto';

/**
 * The `Stripe-Signature` header of a body (https://docs.stripe.com/webhooks/signature).
 * @param secret with its `whsec_`, which is part of the key
 * @param now epoch seconds
 */
export function signatureOf(body: string, secret: string, now: number): string {
  return `t=${now},v1=${createHmac('sha256', secret).update(`${now}.${body}`).digest('hex')}`;
}
