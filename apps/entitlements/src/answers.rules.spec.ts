import { describe, expect, it } from '@jest/globals';
import type { AccessChanged, Scope } from '@turnpike/contracts-events';
import { accessOf } from './access.rules.js';
import { answerForAll, answerForOne, type Asked } from './answers.rules.js';
import { AccessIndex } from './held-access.js';
import { aPlan, aSubscription, FREE } from './testing/facts.js';

const ACME: Scope = { organization: 'acme', environment: 'test' };
const NOW = new Date('2026-11-05T00:00:00.000Z');
const LATER = new Date('2026-11-09T00:00:00.000Z');

function told(change: Partial<AccessChanged> = {}): AccessChanged {
  const subscriptions = [aSubscription({ status: 'past_due' })];
  const stretches = accessOf({ isDeleted: false, subscriptions, planVersions: [aPlan(), FREE] });
  return {
    customerId: 'c_1',
    externalId: 'ada',
    workspaceId: null,
    workspaceExternalId: null,
    billingMemberIds: [],
    memberIds: [],
    stretches,
    clockId: null,
    clockAt: null,
    move: null,
    deletedAt: null,
    version: { epoch: 1, n: 1 },
    ...change,
  };
}

function held(...states: AccessChanged[]) {
  const index = new AccessIndex();
  for (const state of states) index.put(ACME, state);
  return index;
}

function ask(change: Partial<Asked> = {}): Asked {
  return { member: undefined, now: NOW, asOf: NOW, staleAfterMs: 10_000, ...change };
}

function exportOf(state: AccessChanged, asked = ask()) {
  return answerForOne(held(state).customer(ACME, 'c_1')!, 'export', asked, true);
}

describe('an answer', () => {
  it('is of the stretch that holds now', () => {
    expect(exportOf(told())).toMatchObject({ hasAccess: true, reason: 'past_due_in_grace', validUntil: '2026-11-08T00:00:00.000Z' });
    expect(exportOf(told(), ask({ now: LATER, asOf: LATER }))).toMatchObject({
      hasAccess: false,
      value: null,
      reason: 'past_due',
      sources: [],
    });
  });

  it('is by the clock of the customer, where it has one', () => {
    const clocked = told({ clockId: 'clock_1', clockAt: LATER.toISOString() });
    expect(exportOf(clocked)).toMatchObject({ hasAccess: false, isStale: false });
    expect(exportOf({ ...clocked, clockAt: null }, ask({ now: LATER, asOf: LATER }))).toMatchObject({ hasAccess: true, isStale: true });
  });

  it('says that it may be old once nobody can say that nothing was missed', () => {
    const asOf = new Date(NOW.getTime() - 10_000);
    expect(exportOf(told(), ask({ asOf }))).toMatchObject({ isStale: false, asOf: asOf.toISOString() });
    expect(exportOf(told(), ask({ asOf: new Date(asOf.getTime() - 1) }))).toMatchObject({ isStale: true });
  });

  it('tells what was not bought from what nobody has defined', () => {
    const access = held(told()).customer(ACME, 'c_1')!;
    expect(answerForOne(access, 'sso', ask(), true)).toMatchObject({ hasAccess: false, reason: 'not_in_plan' });
    expect(answerForOne(access, 'sos', ask(), false)).toMatchObject({ hasAccess: false, reason: 'unknown_feature' });
  });

  it('has no access where a feature is granted as "off" or as none of it', () => {
    const plan = aPlan({
      features: [
        { key: 'export', value: false, isCore: false },
        { key: 'seats', value: 0, isCore: true },
        { key: 'support', value: 'chat', isCore: false },
      ],
    });
    const stretches = accessOf({ isDeleted: false, subscriptions: [aSubscription()], planVersions: [plan] });
    const { features } = answerForAll(held(told({ stretches })).customer(ACME, 'c_1')!, ask());
    expect(features).toEqual([
      { feature: 'export', hasAccess: false, value: false },
      { feature: 'seats', hasAccess: false, value: 0 },
      { feature: 'support', hasAccess: true, value: 'chat' },
    ]);
  });
});

describe('what a replica holds', () => {
  it('is the newest state, whatever comes late or again', () => {
    const index = held(told({ version: { epoch: 1, n: 2 } }), told({ version: { epoch: 1, n: 1 }, externalId: 'old' }));
    expect(index.customer(ACME, 'ada')?.version.n).toBe(2);
    expect(index.customer(ACME, 'old')).toBeNull();
  });

  it('is found by the id that the caller uses now', () => {
    const index = held(told(), told({ externalId: 'ada-2', version: { epoch: 1, n: 2 } }));
    expect(index.customer(ACME, 'ada')).toBeNull();
    expect(index.customer(ACME, 'ada-2')?.customerId).toBe('c_1');
  });

  it('is the customer that still exists, where the caller has used an id again', () => {
    const index = held(told({ customerId: 'c_1' }), told({ customerId: 'c_2', deletedAt: NOW.toISOString() }), told({ customerId: 'c_0' }));
    expect(index.customer(ACME, 'ada')?.customerId).toBe('c_1');
  });

  it('is one object for all customers who have the same', () => {
    const index = held(told(), told({ customerId: 'c_2', externalId: null }));
    const [one, two] = [index.customer(ACME, 'c_1'), index.customer(ACME, 'c_2')];
    expect(one?.stretches[0]?.grants).toBe(two?.stretches[0]?.grants);
  });
});
