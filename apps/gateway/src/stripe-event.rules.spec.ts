import { describe, expect, it } from '@jest/globals';
import { fromStripeEvent, type StripeEvent } from '@turnpike/stripe';
import { outcomeOf, unkeepableField } from './stripe-event.rules.js';

function anEvent(changes: Record<string, unknown> = {}, object: Record<string, unknown> = {}): StripeEvent {
  const reading = fromStripeEvent({
    id: 'evt_1',
    object: 'event',
    type: 'a.b',
    created: 1_700_000_000,
    livemode: false,
    data: { object: { id: 'x', object: 'y', ...object } },
    ...changes,
  });
  if (!reading.ok) throw new Error(reading.detail);
  return reading.event;
}

describe('an event of the other mode', () => {
  it.each([
    [true, true, 'announced'],
    [false, false, 'announced'],
    [true, false, 'other_mode'],
    [false, true, 'other_mode'],
  ] as const)('event livemode %s on a connection with livemode %s: %s', (event, connection, outcome) => {
    expect(outcomeOf({ livemode: event }, { livemode: connection })).toBe(outcome);
  });
});

describe('an envelope that no row can keep', () => {
  it('is named by its field', () => {
    expect(unkeepableField(anEvent())).toBeNull();
    expect(unkeepableField(anEvent({ id: 'evt_\u0000' }))).toBe('id');
    expect(unkeepableField(anEvent({ type: 'a\u0000' }))).toBe('type');
    expect(unkeepableField(anEvent({ account: 'acct_\u0000' }))).toBe('account');
    expect(unkeepableField(anEvent({}, { id: 'x\u0000' }))).toBe('data.object.id');
    expect(unkeepableField(anEvent({}, { object: '\u0000' }))).toBe('data.object.object');
    expect(unkeepableField(anEvent({ created: 253_402_300_800 }))).toBe('created');
    expect(unkeepableField(anEvent({ created: 253_402_300_799 }))).toBeNull();
  });

  it('is not the object, whatever is inside', () => {
    expect(unkeepableField(anEvent({}, { name: 'A\u0000da' }))).toBeNull();
  });
});
