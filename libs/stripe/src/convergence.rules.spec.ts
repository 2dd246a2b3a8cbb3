import { describe, expect, it } from '@jest/globals';
import { type Decision, type Known, type StripeChange, whatToDoWith } from './convergence.rules.js';
import { afterEvent, afterFetch, fetchDueAt, markedDirty } from './known.rules.js';

type Plan = { status: string; isCancelAtPeriodEnd: boolean };
const ACTIVE: Plan = { status: 'active', isCancelAtPeriodEnd: false };
const PAST_DUE: Plan = { status: 'past_due', isCancelAtPeriodEnd: false };

function change(created: number, difference: Partial<StripeChange<Plan>> = {}): StripeChange<Plan> {
  return { eventId: `evt_${created}`, created, payload: ACTIVE, previous: null, complete: true, ...difference };
}

function counted(known: Known<Plan> | null, event: StripeChange<Plan>): Known<Plan> {
  return afterEvent(known, event, whatToDoWith(event, known), event.created * 1000);
}

/** Stored active at 100, clean. */
const stored = counted(null, change(100, { eventId: 'evt_first' }));
const dirty = markedDirty(stored, 'burial', 100_000);
const gone = counted(stored, change(110, { eventId: 'evt_gone', deleted: true }));
const toPastDue = { payload: PAST_DUE, previous: { status: 'active' } };
const fromTrial = { payload: PAST_DUE, previous: { status: 'trialing' } };

describe('what to do with an event', () => {
  it.each<[string, StripeChange<Plan>, Known<Plan> | null, Decision]>([
    ['about an object never seen: apply', change(100), null, { do: 'apply' }],
    ['about an object never seen, though it updates it: apply', change(100, toPastDue), null, { do: 'apply' }],
    ['deleting an object never seen: delete', change(100, { deleted: true, payload: null }), null, { do: 'delete' }],
    ['clearly after, continuing: apply', change(103, toPastDue), stored, { do: 'apply' }],
    ['clearly after, not an update: apply', change(103, { payload: PAST_DUE }), stored, { do: 'apply' }],
    ['within two seconds after, continuing: show and check', change(102, toPastDue), stored, { do: 'show-and-check' }],
    ['within two seconds before, continuing: show and check', change(98, toPastDue), stored, { do: 'show-and-check' }],
    ['within two seconds, not saying what it replaced: tie', change(101, { payload: PAST_DUE }), stored, { do: 'check', because: 'tie' }],
    [
      'within two seconds, changing another field of a state that is not stored: gap',
      change(100, { payload: { status: 'past_due', isCancelAtPeriodEnd: true }, previous: { isCancelAtPeriodEnd: false } }),
      stored,
      { do: 'check', because: 'gap' },
    ],
    [
      'within two seconds, changing a field that is not kept of a state that is not stored: gap',
      change(100, { payload: PAST_DUE, previous: {} }),
      stored,
      { do: 'check', because: 'gap' },
    ],
    ['within two seconds, telling what is stored: apply', change(101, { previous: {} }), stored, { do: 'apply' }],
    ['within two seconds, the same change told twice: apply', change(100, { previous: { status: 'trialing' } }), stored, { do: 'apply' }],
    ['more than two seconds before: regress', change(97, toPastDue), stored, { do: 'check', because: 'regress' }],
    ['clearly after, replacing what is not stored: gap', change(103, fromTrial), stored, { do: 'check', because: 'gap' }],
    ['with a list cut at ten: cut-list', change(103, { ...toPastDue, complete: false }), stored, { do: 'check', because: 'cut-list' }],
    ['about a new object with a list cut at ten: cut-list', change(103, { complete: false }), null, { do: 'check', because: 'cut-list' }],
    ['without its object: withheld', change(103, { payload: null }), stored, { do: 'check', because: 'withheld' }],
    [
      'with a word nobody knows: unmappable',
      change(103, { payload: null, unmappable: true }),
      null,
      { do: 'check', because: 'unmappable' },
    ],
    ['meeting a dirty object, continuing: show and check', change(103, toPastDue), dirty, { do: 'show-and-check' }],
    ['meeting a dirty object, replacing what is not stored: gap', change(103, fromTrial), dirty, { do: 'check', because: 'gap' }],
    ['meeting a tombstone: tombstone', change(200), gone, { do: 'check', because: 'tombstone' }],
    ['deleting, clearly after: delete', change(103, { deleted: true }), stored, { do: 'delete' }],
    ['deleting, with a list cut at ten: show and check', change(103, { deleted: true, complete: false }), stored, { do: 'show-and-check' }],
    [
      'deleting what is deleted, with a list cut at ten: show and check',
      change(111, { deleted: true, complete: false }),
      gone,
      { do: 'show-and-check' },
    ],
    [
      'deleting an object never seen, with a list cut at ten: show and check',
      change(100, { deleted: true, complete: false }),
      null,
      { do: 'show-and-check' },
    ],
    ['deleting within two seconds: show and check', change(102, { deleted: true }), stored, { do: 'show-and-check' }],
    ['deleting a dirty object: show and check', change(103, { deleted: true }), dirty, { do: 'show-and-check' }],
    ['deleting what is deleted: delete', change(111, { deleted: true }), gone, { do: 'delete' }],
    ['deleting, more than two seconds before: regress', change(97, { deleted: true }), stored, { do: 'check', because: 'regress' }],
    ['counted already: known', change(100, { eventId: 'evt_first' }), stored, { do: 'known' }],
  ])('%s', (_, event, known, decision) => {
    expect(whatToDoWith(event, known)).toEqual(decision);
  });

  it('is not misled by an older event that continues what is stored while a newer one waits to be looked up', () => {
    const suspected = counted(stored, change(107, fromTrial));
    expect(whatToDoWith(change(104, toPastDue), suspected)).toEqual({ do: 'check', because: 'regress' });
  });

  it('changes nothing when the event is known, and neither argument ever', () => {
    const before = structuredClone(stored);
    expect(counted(stored, change(100, { eventId: 'evt_first' }))).toBe(stored);
    counted(stored, change(102, toPastDue));
    expect(stored).toEqual(before);
  });
});

describe('the counter-example', () => {
  it('a cancellation that was taken back stays taken back when its two events arrive the wrong way round', () => {
    const isCanceling = { ...ACTIVE, isCancelAtPeriodEnd: true };
    const canceled = change(105, { payload: isCanceling, previous: { isCancelAtPeriodEnd: false } });
    const takenBack = change(107, { payload: ACTIVE, previous: { isCancelAtPeriodEnd: true } });

    expect(whatToDoWith(takenBack, stored)).toEqual({ do: 'check', because: 'gap' });
    const suspected = counted(stored, takenBack);
    const answer = { outcome: 'found', payload: ACTIVE, date: 108, startedAtCounter: suspected.counter } as const;
    const fetched = afterFetch(suspected, answer, 108_200);
    expect(fetched).toMatchObject({ payload: ACTIVE, standing: 'clean', watermark: 108 });

    expect(whatToDoWith(canceled, fetched)).toEqual({ do: 'check', because: 'regress' });
    const late = counted(fetched, canceled);
    expect(late).toMatchObject({ payload: ACTIVE, standing: 'dirty' });
    expect(afterFetch(late, { ...answer, startedAtCounter: late.counter, date: 130 }, 130_000)).toMatchObject({
      payload: ACTIVE,
      standing: 'clean',
      watermark: 130,
    });
  });

  it('holds on a test clock too, where the answer has no date to go by', () => {
    const suspected = counted(stored, change(107, fromTrial));
    const fetched = afterFetch(suspected, { outcome: 'found', payload: ACTIVE, date: null, startedAtCounter: suspected.counter }, 1);
    expect(whatToDoWith(change(104, toPastDue), fetched)).toEqual({ do: 'check', because: 'regress' });
    expect(fetchDueAt(fetched)).toBeNull();
  });
});
