import { describe, expect, it } from '@jest/globals';
import { afterEvent, type Known, markedDirty, type StripeChange, whatToDoWith } from '@turnpike/stripe';
import { standingOf, standingSince } from './standing.rules.js';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const LATER = new Date('2026-11-21T12:00:05.000Z');

type Payload = { name: string };

function heard(known: Known<Payload> | null, change: Partial<StripeChange<Payload>>): Known<Payload> {
  const whole = { eventId: `evt_${change.created}`, created: 100, payload: { name: 'Ada' }, previous: null, complete: true, ...change };
  return afterEvent(known, whole, whatToDoWith(whole, known), NOW.getTime());
}

describe('the standing of a row', () => {
  const first = heard(null, {});

  it('is confirmed while nothing is in doubt', () => {
    expect(standingOf(first)).toEqual({ standing: 'confirmed', reasons: [] });
  });

  it('is provisional while what is shown is only early', () => {
    const early = heard(first, { created: 101, payload: { name: 'Ada L.' }, previous: { name: 'Ada' } });
    expect(standingOf(early)).toEqual({ standing: 'provisional', reasons: ['provisional'] });
  });

  it('is dirty as soon as anything contradicts it, provisional or not', () => {
    const early = heard(first, { created: 101, payload: { name: 'Ada L.' }, previous: { name: 'Ada' } });
    expect(standingOf(markedDirty(early, 'burial', NOW.getTime()))).toEqual({ standing: 'dirty', reasons: ['provisional', 'burial'] });
  });

  it('is unverified when Stripe does not let us look', () => {
    expect(standingOf({ ...first, unverified: true, unverifiedBecause: 'no-permission' })).toEqual({
      standing: 'unverified',
      reasons: ['no-permission'],
    });
  });

  it('is dirty for what was only named', () => {
    expect(standingOf(markedDirty(null, 'stub', NOW.getTime()))).toEqual({ standing: 'dirty', reasons: ['stub'] });
  });

  it('has lasted since it changed, and for ever where it never did', () => {
    expect(standingSince(null, 'confirmed', NOW)).toBeNull();
    expect(standingSince(null, 'dirty', NOW)).toEqual(NOW);
    expect(standingSince({ standing: 'dirty', standingSince: NOW }, 'dirty', LATER)).toEqual(NOW);
    expect(standingSince({ standing: 'dirty', standingSince: NOW }, 'confirmed', LATER)).toEqual(LATER);
  });
});
