import { describe, expect, it } from '@jest/globals';
import type { Known, NormalisedInvoice } from '@turnpike/stripe';
import { fromInvoiceSight } from './invoice.mapping.js';

const payload: NormalisedInvoice = {
  invoiceId: 'in_1',
  customerId: 'cus_1',
  subscriptionId: 'sub_1',
  number: 'A-0001',
  status: 'open',
  billingReason: 'subscription_cycle',
  amountDue: 4900,
  amountPaid: 0,
  amountRemaining: 4900,
  total: 4900,
  currency: 'usd',
  attemptCount: 1,
  nextPaymentAttemptAt: null,
  lastFailure: { code: 'card_declined', declineCode: 'insufficient_funds', at: null },
  periodStartAt: null,
  periodEndAt: null,
  dueAt: null,
  finalizedAt: '2026-11-21T09:00:00.000Z',
  paidAt: null,
  voidedAt: null,
  hostedUrl: null,
  testClockId: null,
  createdAt: '2026-11-21T08:00:00.000Z',
  metadata: {},
};

function sightOf(shown: NormalisedInvoice | null) {
  const known: Known<NormalisedInvoice> = {
    payload: shown,
    watermark: 0,
    newestSeen: 0,
    standing: 'clean',
    provisional: false,
    unverified: false,
    dirtyBecause: [],
    tombstone: false,
    unshown: null,
    counter: 1,
  } as unknown as Known<NormalisedInvoice>;
  return { known, before: null, deletedAt: null, stamp: 1, isFetched: true, change: null, now: new Date() };
}

describe('an invoice that could not be collected', () => {
  it('was tried, where nobody says when, at the latest when it was finalised', () => {
    expect(fromInvoiceSight(sightOf(payload))?.lastFailure).toEqual({
      code: 'card_declined',
      declineCode: 'insufficient_funds',
      at: '2026-11-21T09:00:00.000Z',
    });
    expect(fromInvoiceSight(sightOf({ ...payload, finalizedAt: null }))?.lastFailure?.at).toBe('2026-11-21T08:00:00.000Z');
  });

  it('says no more than that it is in doubt while nothing of it could be read', () => {
    expect(fromInvoiceSight(sightOf(null))).toBeNull();
  });
});
