import { describe, expect, it } from '@jest/globals';
import { shownBody } from './shown-body.rules.js';

describe('a body that is shown', () => {
  it('keeps ids, amounts, times and states', () => {
    const body = { id: 'sub_1', amount: 4900, currency: 'usd', status: 'active', items: [{ planId: 'p', quantity: 2 }], endsAt: null };
    expect(shownBody(body)).toEqual(body);
  });

  it.each([
    'name',
    'displayName',
    'email',
    'customer_email',
    'phone',
    'billing_address',
    'client_secret',
    'apiKey',
    'last4',
    'hosted_invoice_url',
  ])('leaves out %s, however deep', (field) => {
    expect(JSON.stringify(shownBody({ a: [{ [field]: 'Ada 4242' }], [field]: { deep: 'Ada 4242' } }))).not.toContain('4242');
  });

  it('says that something was there, and that nothing was', () => {
    expect(shownBody({ email: 'ada@example.com', phone: null })).toEqual({ email: '(left out)', phone: null });
  });

  it('leaves out what a merchant wrote to an object, but not what we did', () => {
    expect(shownBody({ metadata: { note: 'likes tea', turnpike_external_id: 'ada' } })).toEqual({
      metadata: { note: '(left out)', turnpike_external_id: 'ada' },
    });
  });

  it('goes no deeper than anybody’s message', () => {
    let nested: unknown = 'the bottom';
    for (let depth = 0; depth < 10_000; depth++) nested = { nested };
    expect(JSON.stringify(shownBody(nested))).toContain('(left out)');
  });
});
