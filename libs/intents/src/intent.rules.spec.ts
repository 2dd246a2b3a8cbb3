import { describe, expect, it } from '@jest/globals';
import { type FailureFacts, firstStepOf, idempotencyKeyOf, kindOfFailure, mayBeOurKey, secondsUntilNext } from './intent.rules.js';

const SCOPE = { organization: 'acme', environment: 'test' } as const;
const NOW = new Date('2026-11-21T09:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3600 * 1000);
const failure = (facts: Partial<FailureFacts>): FailureFacts => ({
  stripeStatus: null,
  isUnclear: false,
  isUnavailable: false,
  isUnusable: false,
  isRemoved: false,
  ...facts,
});

describe('the idempotency key of an attempt', () => {
  it('is the same each time it is made, and another for the next attempt, cause, connection and organization', () => {
    const key = idempotencyKeyOf(SCOPE, 'con_1', 'create product pl_1', 1);
    expect(idempotencyKeyOf({ ...SCOPE }, 'con_1', 'create product pl_1', 1)).toBe(key);
    const others = [
      idempotencyKeyOf(SCOPE, 'con_1', 'create product pl_1', 2),
      idempotencyKeyOf(SCOPE, 'con_1', 'create product pl_2', 1),
      idempotencyKeyOf(SCOPE, 'con_2', 'create product pl_1', 1),
      idempotencyKeyOf({ ...SCOPE, organization: 'globex' }, 'con_1', 'create product pl_1', 1),
    ];
    expect(new Set([key, ...others]).size).toBe(5);
  });

  it('is told from keys of others by how it begins', () => {
    expect(mayBeOurKey(idempotencyKeyOf(SCOPE, 'con_1', 'c', 1))).toBe(true);
    expect(mayBeOurKey('8c6ad0e8-1c5b-4d5b-9f5e-000000000000')).toBe(false);
  });
});

describe('a try', () => {
  it('sends the same again for 23 hours, and looks for what was done after that', () => {
    expect(firstStepOf({ firstSentAt: null }, NOW)).toBe('send');
    expect(firstStepOf({ firstSentAt: hoursAgo(22.9) }, NOW)).toBe('send');
    expect(firstStepOf({ firstSentAt: hoursAgo(23.1) }, NOW)).toBe('look');
  });
});

describe('a failure', () => {
  it.each([
    ['no answer, 5xx and a key still at work', failure({ isUnclear: true }), 'passing'],
    ['an answer of 500', failure({ stripeStatus: 500, isUnclear: true }), 'passing'],
    ['too many requests', failure({ stripeStatus: 429 }), 'passing'],
    ['connections being away', failure({ isUnavailable: true }), 'passing'],
  ])('passes: %s', (_what, facts, kind) => expect(kindOfFailure(facts)).toBe(kind));

  it.each([
    ['a key that Stripe refuses', failure({ stripeStatus: 401 })],
    ['a permission that is missing', failure({ stripeStatus: 403 })],
    ['a connection that is not verified', failure({ isUnusable: true })],
  ])('waits for a person: %s', (_what, facts) => expect(kindOfFailure(facts)).toBe('blocked'));

  it.each([
    ['a parameter that Stripe does not take', failure({ stripeStatus: 400 })],
    ['an object that is not there', failure({ stripeStatus: 404 })],
    ['a removed connection', failure({ isUnusable: true, isRemoved: true })],
  ])('ends the attempt: %s', (_what, facts) => expect(kindOfFailure(facts)).toBe('final'));

  it('that is nobody’s answer is a bug', () => expect(kindOfFailure(failure({}))).toBe('bug'));
});

describe('the pause before the next try', () => {
  it('grows from a second to five minutes', () => {
    expect([1, 2, 3, 9, 10, 800].map((tries) => secondsUntilNext('passing', tries, null))).toEqual([1, 2, 4, 256, 300, 300]);
  });

  it('is never shorter than what Stripe asked for', () => {
    expect(secondsUntilNext('passing', 1, 17)).toBe(17);
    expect(secondsUntilNext('passing', 10, 17)).toBe(300);
  });

  it('is longer where a person has to do something', () => {
    expect([1, 2, 7, 800].map((tries) => secondsUntilNext('blocked', tries, null))).toEqual([60, 120, 3600, 3600]);
  });
});
