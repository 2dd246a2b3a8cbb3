import { describe, expect, it } from '@jest/globals';
import { type Check, conclusionOf, type Findings } from './checks.rules.js';

const account = { id: 'acct_1', name: 'Acme', country: 'US', defaultCurrency: 'usd' };
const check = (code: string, ok: boolean | null): Check => ({ check: code, ok, code, message: code, whatToDo: null });
const found = (...checks: Check[]): Findings => ({ checks: [check('key_accepted', true), ...checks], account });
const unknown = { stripeAccountId: null, wasVerified: false, accountIsTaken: false };
const known = { stripeAccountId: 'acct_1', wasVerified: true, accountIsTaken: false };

describe('the conclusion of a verification', () => {
  it('is verified when nothing is wrong, however much could not be proved', () => {
    expect(conclusionOf(found(check('unproved', null), check('extra_missing', null)), unknown)).toMatchObject({
      status: 'verified',
      reason: null,
    });
  });

  it('is failed for a first key that Stripe refuses, and unauthorized for one that worked', () => {
    const refused = { checks: [check('key_refused', false)], account: null };
    expect(conclusionOf(refused, unknown)).toMatchObject({ status: 'failed', reason: 'key_refused' });
    expect(conclusionOf(refused, known)).toMatchObject({ status: 'unauthorized', reason: 'key_refused' });
  });

  it('is degraded for a connection that lost a permission, and failed for one that never had it', () => {
    const missing = found(check('permission_missing', false));
    expect(conclusionOf(missing, known)).toMatchObject({ status: 'degraded', reason: 'permission_missing' });
    expect(conclusionOf(missing, unknown)).toMatchObject({ status: 'failed', reason: 'permission_missing' });
  });

  it('never takes another account, nor one that is connected already', () => {
    expect(conclusionOf(found(), { ...known, stripeAccountId: 'acct_2' })).toMatchObject({ status: 'failed', reason: 'account_mismatch' });
    expect(conclusionOf(found(), { ...unknown, accountIsTaken: true })).toMatchObject({ status: 'failed', reason: 'already_connected' });
  });

  it('names what explains the rest: the wrong mode before a missing permission', () => {
    expect(conclusionOf(found(check('permission_missing', false), check('mode_mismatch', false)), known)).toMatchObject({
      status: 'failed',
      reason: 'mode_mismatch',
    });
  });
});
