import { describe, expect, it } from '@jest/globals';
import { objectOfEvent } from '@turnpike/stripe';
import { EVENT_OUTCOMES } from './event-outcomes.js';

describe('the table of outcomes', () => {
  it.each(Object.entries(EVENT_OUTCOMES))('says of %s what the service does', (type, outcome) => {
    expect(objectOfEvent(type)).toBe(outcome === 'not ours' ? 'not ours' : outcome.row === 'clock' ? 'test_clock' : outcome.row);
  });

  it('has a row for each effect that is required', () => {
    const families = [
      'checkout.session.',
      'invoice.',
      'charge.',
      'charge.dispute.',
      'refund.',
      'payment_intent.',
      'payment_method.',
      'product.',
      'price.',
      'coupon.',
      'promotion_code.',
      'payout.',
    ];
    const more = [
      'subscription_schedule.',
      'test_helpers.test_clock.',
      'customer.discount.',
      'setup_intent.',
      'credit_note.',
      'account.external_account.',
      'billing_portal.configuration.',
    ];
    const missing = [...families, ...more].filter((family) => !Object.keys(EVENT_OUTCOMES).some((type) => type.startsWith(family)));

    expect(missing).toEqual([]);
    expect(Object.keys(EVENT_OUTCOMES)).toEqual(
      expect.arrayContaining([
        'entitlements.active_entitlement_summary.updated',
        'account.updated',
        'account.application.deauthorized',
        'tax.settings.updated',
      ]),
    );
  });
});
