import { describe, expect, it } from '@jest/globals';
import { dashboardUrl, metadataOf, stripeProductName } from './stripe-words.rules.js';
import { driftOf, isPriceActive, nextWrite, reasonsOf, skipReasonOf, statusOf, type SyncFacts } from './sync.rules.js';

const WANTED = { name: 'Acme Pro Plan', active: true };
const facts = (changes: Partial<SyncFacts> = {}): SyncFacts => ({
  ...{ stripeId: 'prod_1', skipReason: null, written: WANTED, attempted: WANTED, openCause: null },
  ...{ error: null, isBlocked: false, drift: [], detachedAt: null, ...changes },
});
const fresh = facts({ stripeId: null, written: null, attempted: null });
const error = { code: 'x' };

describe('the words at Stripe', () => {
  it('name a plan’s product exactly', () => {
    expect(stripeProductName('Acme', 'Basic')).toBe('Acme Basic Plan');
  });

  it('lead back to us', () => {
    expect(metadataOf('pl_1', 'https://x/v1/plans/pl_1', 'con_1')).toEqual({
      turnpike_entity_id: 'pl_1',
      turnpike_entity_url: 'https://x/v1/plans/pl_1',
      turnpike_connection_id: 'con_1',
    });
  });

  it('open its page in the dashboard of the account and mode; the Sandbox has none', () => {
    expect(dashboardUrl('live', 'acct_1', 'product', 'prod_1')).toBe('https://dashboard.stripe.com/acct_1/products/prod_1');
    expect(dashboardUrl('test', 'acct_1', 'price', 'price_1')).toBe('https://dashboard.stripe.com/acct_1/test/prices/price_1');
    expect(dashboardUrl('test', null, 'price', 'price_1')).toBe('https://dashboard.stripe.com/test/prices/price_1');
    expect(dashboardUrl('sandbox', 'acct_1', 'price', 'price_1')).toBeNull();
    expect(dashboardUrl('live', 'acct_1', 'price', null)).toBeNull();
  });
});

describe('the status', () => {
  it.each([
    ['pending before anything is at Stripe', fresh, 'pending'],
    ['pending while a write has no answer, whatever went wrong so far', facts({ openCause: 'c', error }), 'pending'],
    ['failed while a write waits for a person', facts({ openCause: 'c', error, isBlocked: true }), 'failed'],
    ['failed when Stripe refused', facts({ error }), 'failed'],
    ['failed when others changed it', facts({ drift: ['DRIFT_NAME'] }), 'failed'],
    ['synced when Stripe has what we want', facts(), 'synced'],
    ['skipped where nothing is written on purpose', facts({ skipReason: 'FREE_PLAN' }), 'skipped'],
    ['detached when the connection is gone', facts({ detachedAt: new Date(0) }), 'detached'],
  ])('is %s', (_what, state, status) => expect(statusOf(state)).toBe(status));

  it('says why', () => {
    expect(reasonsOf(facts({ drift: ['DRIFT_ACTIVE'] }))).toEqual(['DRIFT_ACTIVE']);
    expect(['free' as const, 'custom' as const, 'paid' as const].map((type) => skipReasonOf(type, true))).toEqual([
      'FREE_PLAN',
      'CUSTOM_PRICE',
      null,
    ]);
    expect(skipReasonOf('paid', false)).toBe('READ_ONLY_CONNECTION');
  });
});

describe('the next write', () => {
  it('makes what is not there and changes what is otherwise', () => {
    expect(nextWrite(fresh, WANTED, false)).toBe('create');
    expect(nextWrite(facts(), { ...WANTED, name: 'Acme Pro+ Plan' }, false)).toBe('update');
    expect(nextWrite(facts(), WANTED, false)).toBeNull();
  });

  it('waits for the answer to the one before', () => {
    expect(nextWrite(facts({ openCause: 'c' }), { ...WANTED, active: false }, true)).toBeNull();
  });

  it('is none after a refusal, before something else is wanted or somebody publishes again', () => {
    const refused = facts({ stripeId: null, written: null, error });
    expect(nextWrite(refused, WANTED, false)).toBeNull();
    expect(nextWrite(refused, { ...WANTED, name: 'Acme Plus Plan' }, false)).toBe('create');
    expect(nextWrite(refused, WANTED, true)).toBe('create');
  });

  it('writes back what others changed only when somebody publishes again, and never what they deleted', () => {
    expect(nextWrite(facts({ drift: ['DRIFT_NAME'] }), WANTED, false)).toBeNull();
    expect(nextWrite(facts({ drift: ['DRIFT_NAME'] }), WANTED, true)).toBe('update');
    expect(nextWrite(facts({ drift: ['DRIFT_DELETED'] }), WANTED, true)).toBeNull();
  });
});

describe('what others did', () => {
  it('is seen in the name, in being archived and in being gone', () => {
    expect(driftOf(WANTED, { name: WANTED.name, isActive: true })).toEqual([]);
    expect(driftOf(WANTED, { name: 'Mine', isActive: false })).toEqual(['DRIFT_NAME', 'DRIFT_ACTIVE']);
    expect(driftOf({ active: true }, { isActive: false })).toEqual(['DRIFT_ACTIVE']);
    expect(driftOf(WANTED, null)).toEqual(['DRIFT_DELETED']);
  });
});

describe('a price', () => {
  it('that was replaced is sold from until the new ones are at Stripe', () => {
    expect(isPriceActive(true, true, false)).toBe(true);
    expect(isPriceActive(false, true, false)).toBe(true);
    expect(isPriceActive(false, true, true)).toBe(false);
    expect(isPriceActive(false, false, false)).toBe(false);
  });
});
