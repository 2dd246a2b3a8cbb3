import { describe, expect, it } from '@jest/globals';
import { whatToDoWith } from './convergence.rules.js';
import { afterEvent } from './known.rules.js';
import { fromTestClockHint, objectOfEvent, type StripeHint } from './stripe-change.mapping.js';
import { fromStripeTestClock } from './test-clock.mapping.js';

const CLOCK = { id: 'clock_1', object: 'test_helpers.test_clock', frozen_time: 1_795_219_200, status: 'ready', created: 1_795_219_000 };

function hint(what: string, created: number, change: object = {}): StripeHint {
  const type = `test_helpers.test_clock.${what}`;
  return { eventId: `evt_${what}_${created}`, type, created, object: { ...CLOCK, ...change }, previousAttributes: null };
}

describe('a test clock', () => {
  it('is read with the moment it has reached', () => {
    expect(fromStripeTestClock(CLOCK)).toEqual({
      clockId: 'clock_1',
      frozenAt: '2026-11-21T00:00:00.000Z',
      status: 'ready',
      createdAt: '2026-11-20T23:56:40.000Z',
    });
    expect(objectOfEvent('test_helpers.test_clock.ready')).toBe('test_clock');
  });

  it('with a status that nobody knows is refused by name', () => {
    expect(() => fromStripeTestClock({ ...CLOCK, status: 'resting' })).toThrow("'resting'");
  });

  it('that is ready a second after it began to advance is shown at once, and checked', () => {
    const created = fromTestClockHint(hint('created', 100));
    const first = afterEvent(null, created, whatToDoWith(created, null), 0);
    const advancing = fromTestClockHint(hint('advancing', 200, { status: 'advancing' }));
    expect(whatToDoWith(advancing, first)).toEqual({ do: 'apply' });
    const under = afterEvent(first, advancing, { do: 'apply' }, 0);
    expect(whatToDoWith(fromTestClockHint(hint('ready', 201, { frozen_time: 1_795_300_000 })), under)).toEqual({ do: 'show-and-check' });
  });

  it('that is ready without having advanced contradicts what is stored', () => {
    const created = fromTestClockHint(hint('created', 100));
    const first = afterEvent(null, created, whatToDoWith(created, null), 0);
    expect(whatToDoWith(fromTestClockHint(hint('ready', 200)), first)).toEqual({ do: 'check', because: 'gap' });
  });

  it('is gone when it was deleted, and what it had reached stays known', () => {
    const created = fromTestClockHint(hint('created', 100));
    const first = afterEvent(null, created, whatToDoWith(created, null), 0);
    const deleted = fromTestClockHint(hint('deleted', 200));
    expect(afterEvent(first, deleted, whatToDoWith(deleted, first), 0)).toMatchObject({ tombstone: true, payload: { clockId: 'clock_1' } });
  });
});
