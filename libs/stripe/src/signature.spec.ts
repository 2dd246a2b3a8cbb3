import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import Stripe from 'stripe';
import { type SignatureVerdict, verifySignature } from './signature.js';

const NOW = 1_800_000_000;
const SECRET = 'whsec_first';
const BODY = Buffer.from('{\n  "id": "evt_1",\n  "object": "event"\n}');
const stripe = new Stripe('sk_test_not_used');

function signed({ body = BODY, secret = SECRET, at = NOW } = {}): string {
  return createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex');
}

function verified(header: string | string[] | undefined, { body = BODY, secrets = [SECRET], now = NOW } = {}): SignatureVerdict {
  return verifySignature({ header, body, secrets, now });
}

function because(reason: string): SignatureVerdict {
  return { ok: false, because: reason } as SignatureVerdict;
}

describe('a webhook signature', () => {
  it('verifies a vector that was computed apart from this code', () => {
    // printf '1492774577.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_vector
    const header = 't=1492774577,v1=968e9f66e49106f511b5fa6f0ac38cbeed41e67619e600b04e8c12d3df2f3b9c';
    expect(verified(header, { body: Buffer.from('{"id":"evt_1"}'), secrets: ['whsec_vector'], now: 1492774577 })).toEqual({ ok: true });
  });

  it('is made with the whole secret, whsec_ included', () => {
    const header = `t=${NOW},v1=${signed({ secret: 'first' })}`;
    expect(verified(header)).toEqual(because('mismatch'));
  });

  it('passes over schemes it does not know, and does not take v0 for v1', () => {
    expect(verified(`t=${NOW},v0=abc,v1=${signed()},v2=def`)).toEqual({ ok: true });
    expect(verified(`t=${NOW},v0=${signed()}`)).toEqual(because('no_v1'));
  });

  it('is good by any of several v1 and by any active secret while a secret is rotated', () => {
    const both = `t=${NOW},v1=${signed({ secret: 'whsec_old' })},v1=${signed({ secret: 'whsec_new' })}`;
    expect(verified(both, { secrets: ['whsec_new'] })).toEqual({ ok: true });
    expect(verified(both, { secrets: ['whsec_old'] })).toEqual({ ok: true });
    expect(verified(`t=${NOW},v1=${signed({ secret: 'whsec_old' })}`, { secrets: ['whsec_new', 'whsec_old'] })).toEqual({ ok: true });
    expect(verified(both, { secrets: ['whsec_third'] })).toEqual(because('mismatch'));
  });

  it('is good for 300 seconds and refused at 301; a timestamp in the future is taken as the SDK takes it', () => {
    const header = `t=${NOW},v1=${signed()}`;
    expect(verified(header, { now: NOW + 300 })).toEqual({ ok: true });
    expect(verified(header, { now: NOW + 301 })).toEqual(because('too_old'));
    expect(verified(header, { now: NOW - 86_400 })).toEqual({ ok: true });
    expect(verifySignature({ header, body: BODY, secrets: [SECRET], now: NOW + 86_400, toleranceSeconds: 0 })).toEqual({ ok: true });
  });

  it('tells a forger nothing about time: a wrong signature is a mismatch however old', () => {
    expect(verified(`t=1,v1=${'0'.repeat(64)}`)).toEqual(because('mismatch'));
  });

  it('does not survive a body that was parsed and printed again', () => {
    const printedAgain = Buffer.from(JSON.stringify(JSON.parse(BODY.toString())));
    expect(verified(`t=${NOW},v1=${signed()}`, { body: printedAgain })).toEqual(because('mismatch'));
  });

  it.each([
    ['no header', undefined, 'no_header'],
    ['an empty header', '', 'no_header'],
    ['two headers', ['a', 'b'], 'no_header'],
    ['no timestamp', `v1=${signed()}`, 'no_timestamp'],
    ['a timestamp that is no number', `t=soon,v1=${signed()}`, 'no_timestamp'],
    ['no v1', `t=${NOW}`, 'no_v1'],
    ['an empty v1', `t=${NOW},v1=`, 'mismatch'],
    ['a v1 of another length', `t=${NOW},v1=${signed()}00`, 'mismatch'],
    ['a v1 in upper case', `t=${NOW},v1=${signed().toUpperCase()}`, 'mismatch'],
    ['a v1 of 64 characters outside Latin-1', `t=${NOW},v1=${'é€'.repeat(32)}`, 'mismatch'],
  ])('is refused with %s', (_, header, reason) => {
    expect(verified(header)).toEqual(because(reason));
  });

  it.each([[[]], [['']], [[' \n']]])('never verifies without a secret, even if the empty key signed it (%j)', (secrets) => {
    const [key = ''] = secrets;
    expect(verified(`t=${NOW},v1=${signed({ secret: key })}`, { secrets })).toEqual(because('no_secret'));
  });

  it('passes over a blank secret beside a real one', () => {
    expect(verified(`t=${NOW},v1=${signed()}`, { secrets: ['', SECRET] })).toEqual({ ok: true });
    expect(verified(`t=${NOW},v1=${signed({ secret: '' })}`, { secrets: ['', SECRET] })).toEqual(because('mismatch'));
  });
});

describe("beside Stripe's own SDK", () => {
  const secret = fc.string({ minLength: 1, maxLength: 20 }).map((text) => `whsec_${text}`);
  const body = fc.json({ maxDepth: 2 });
  const scheme = fc.constantFrom('v1', 'v1', 'v1', 'v0');
  const age = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constantFrom(299, 300, 301));

  it('both accept and refuse the same deliveries', () => {
    let accepted = 0;
    fc.assert(
      fc.property(secret, secret, body, body, scheme, age, fc.integer({ min: 0, max: 9 }), (mine, other, sent, changed, by, old, dice) => {
        const received = dice === 0 ? changed : sent;
        const key = dice === 1 ? other : mine;
        const header = headerOf({ payload: sent, secret: key, timestamp: NOW - old, scheme: by }, dice);
        const ours = verifySignature({ header, body: Buffer.from(received), secrets: [mine], now: NOW });
        if (ours.ok) accepted += 1;
        expect(ours.ok).toBe(isAcceptedBySdk(received, header, mine));
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(400);
  });

  function headerOf(options: { payload: string; secret: string; timestamp: number; scheme: string }, dice: number): string {
    const header = stripe.webhooks.generateTestHeaderString(options);
    if (dice === 2) return header.replace('t=', 'x=');
    if (dice === 3) return `${header},v1=${'ab'.repeat(32)},v9=1`;
    return header;
  }

  function isAcceptedBySdk(received: string, header: string, key: string): boolean {
    try {
      stripe.webhooks.constructEvent(received, header, key, 300, undefined, NOW * 1000);
      return true;
    } catch {
      return false;
    }
  }
});
