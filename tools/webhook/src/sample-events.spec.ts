import { describe, expect, it } from '@jest/globals';
import { fromStripeCustomer, fromStripeSubscription, readStripeEvent, verifySignature } from '@turnpike/stripe';
import { SAMPLES } from './sample-events.js';
import { signatureOf } from './signed.js';

const wish = { id: 'Ab12', customer: 'cus_ada', email: 'ada@example.com', now: 1_780_000_000 };

describe('an example event', () => {
  it.each(Object.keys(SAMPLES) as Array<keyof typeof SAMPLES>)('%s is one that the road reads', (name) => {
    const reading = readStripeEvent(Buffer.from(JSON.stringify(SAMPLES[name](wish))));
    expect(reading).toMatchObject({ ok: true, event: { type: name, id: 'evt_Ab12', livemode: false, created: wish.now } });
  });

  it('of a customer carries what a row is made from', () => {
    expect(fromStripeCustomer(objectOf(SAMPLES['customer.created'](wish)))).toMatchObject({
      customerId: 'cus_ada',
      email: 'ada@example.com',
    });
  });

  it('of a subscription has its period on its item, as Stripe writes it today', () => {
    expect(fromStripeSubscription(objectOf(SAMPLES['customer.subscription.created'](wish)))).toMatchObject({
      customerId: 'cus_ada',
      status: 'active',
      items: [{ priceId: 'price_example', quantity: 1 }],
      currentPeriodStartAt: new Date(wish.now * 1000).toISOString(),
    });
  });

  it('is signed so that the gateway believes it, and its secret only', () => {
    const body = JSON.stringify(SAMPLES['customer.created'](wish));
    const header = signatureOf(body, 'whsec_right', wish.now);
    const verdictWith = (secret: string) => verifySignature({ header, body: Buffer.from(body), secrets: [secret], now: wish.now });
    expect(verdictWith('whsec_right')).toEqual({ ok: true });
    expect(verdictWith('whsec_wrong')).toEqual({ ok: false, because: 'mismatch' });
  });
});

function objectOf(event: object): unknown {
  return (event as { data: { object: unknown } }).data.object;
}
