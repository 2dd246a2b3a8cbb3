import { describe, expect, it } from '@jest/globals';
import { type FetchAnswer, type Known, type StripeChange, whatToDoWith } from './convergence.rules.js';
import { afterEvent, afterFetch, fetchDueAt, markedDirty } from './known.rules.js';

type Plan = { status: string };
const ACTIVE: Plan = { status: 'active' };
const PAST_DUE: Plan = { status: 'past_due' };
const CANCELED: Plan = { status: 'canceled' };

function change(created: number, payload: Plan | null, difference: Partial<StripeChange<Plan>> = {}): StripeChange<Plan> {
  return { eventId: `evt_${created}_${payload?.status}`, created, payload, previous: null, complete: true, ...difference };
}

function counted(known: Known<Plan> | null, event: StripeChange<Plan>, now = event.created * 1000): Known<Plan> {
  return afterEvent(known, event, whatToDoWith(event, known), now);
}

function found(known: Known<Plan>, payload: Plan, date: number | null = 200): FetchAnswer<Plan> {
  return { outcome: 'found', payload, date, startedAtCounter: known.counter };
}

const stored = counted(null, change(100, ACTIVE));
const suspected = markedDirty(stored, 'burial', 150_000);
const provisional = counted(stored, change(101, PAST_DUE, { previous: { status: 'active' } }), 101_000);

describe('an object after an event', () => {
  it('shows a final payload and raises the watermark to it', () => {
    expect(stored).toMatchObject({ payload: ACTIVE, standing: 'clean', watermark: 100, newestSeen: 100, counter: 1, dirtyBecause: [] });
  });

  it('shows a provisional payload at once and says that it is one', () => {
    expect(provisional).toMatchObject({ payload: PAST_DUE, provisional: true, standing: 'dirty', watermark: 100 });
    expect(provisional.dirtyBecause).toEqual([{ because: 'provisional', counter: 2 }]);
  });

  it('shows nothing of what must be looked up, and keeps each reason once', () => {
    const late = counted(counted(stored, change(90, PAST_DUE)), change(91, CANCELED));
    expect(late).toMatchObject({ payload: ACTIVE, standing: 'dirty', dirtyBecause: [{ because: 'regress', counter: 3 }] });
  });

  it('keeps the last state under a tombstone', () => {
    const gone = counted(stored, change(110, null, { deleted: true }));
    expect(gone).toMatchObject({ payload: ACTIVE, tombstone: true, standing: 'clean', watermark: 110 });
    expect(counted(stored, change(110, CANCELED, { deleted: true }))).toMatchObject({ payload: CANCELED, tombstone: true });
  });

  it('may be dirty before it was ever seen', () => {
    expect(markedDirty(null, 'burial', 1)).toMatchObject({ payload: null, standing: 'dirty', counter: 1, watermark: 0 });
    expect(counted(markedDirty(null, 'burial', 1), change(100, ACTIVE))).toMatchObject({
      payload: ACTIVE,
      provisional: true,
      standing: 'dirty',
    });
  });
});

describe('an object after its fetch', () => {
  it('is what Stripe answered, clean, and right up to the date of the answer', () => {
    expect(afterFetch(suspected, found(suspected, CANCELED), 200_100)).toMatchObject({
      payload: CANCELED,
      standing: 'clean',
      dirtyBecause: [],
      provisional: false,
      watermark: 200,
    });
  });

  it('takes the answer but stays dirty when an event came while it was under way', () => {
    const meanwhile = counted(suspected, change(80, PAST_DUE));
    const after = afterFetch(meanwhile, found(suspected, CANCELED), 200_100);
    expect(after).toMatchObject({ payload: CANCELED, standing: 'dirty', watermark: 200 });
    expect(after.dirtyBecause).toEqual([{ because: 'regress', counter: 3 }]);
  });

  it('keeps what it shows when a provisional came while it was under way, and does not raise the watermark', () => {
    const meanwhile = counted(suspected, change(160, PAST_DUE, { previous: { status: 'active' } }));
    const after = afterFetch(meanwhile, found(suspected, CANCELED), 200_100);
    expect(after).toMatchObject({ payload: PAST_DUE, provisional: true, standing: 'dirty', watermark: 100 });
    expect(after.dirtyBecause).toEqual([{ because: 'provisional', counter: 3 }]);
  });

  it('never lowers the watermark, whatever the date says', () => {
    const late = counted(stored, change(150, CANCELED, { previous: { status: 'trialing' } }));
    expect(afterFetch(late, found(late, CANCELED, 1), 1)).toMatchObject({ watermark: 150 });
  });

  it('comes back from under its tombstone when Stripe has it', () => {
    const gone = counted(stored, change(110, null, { deleted: true }));
    const again = counted(gone, change(120, ACTIVE));
    const back = afterFetch(again, found(again, ACTIVE), 200_000);
    expect(back).toMatchObject({ payload: ACTIVE, tombstone: false, deletionSeen: false, standing: 'clean' });
  });

  it('is gone when Stripe says so: by a 404 after a deletion, or by an answer that it is deleted', () => {
    const late = counted(suspected, change(90, null, { deleted: true }));
    const missing: FetchAnswer<Plan> = { outcome: 'missing', date: 200, startedAtCounter: late.counter };
    expect(afterFetch(late, missing, 200_000)).toMatchObject({ tombstone: true, standing: 'clean', payload: ACTIVE });
    const told: FetchAnswer<Plan> = { outcome: 'found', payload: CANCELED, deleted: true, date: 200, startedAtCounter: suspected.counter };
    expect(afterFetch(suspected, told, 200_000)).toMatchObject({ tombstone: true, standing: 'clean' });
  });

  it('is gone by a 404 that nobody announced only when it still stands a minute later', () => {
    const missing: FetchAnswer<Plan> = { outcome: 'missing', date: 200, startedAtCounter: suspected.counter };
    const once = afterFetch(suspected, missing, 200_000);
    expect(once).toMatchObject({ tombstone: false, standing: 'dirty', dirtyBecause: [{ because: 'missing' }] });
    expect(fetchDueAt(once)).toBe(260_000);
    const tooSoon = afterFetch(once, missing, 230_000);
    expect(tooSoon).toMatchObject({ tombstone: false, standing: 'dirty' });
    expect(fetchDueAt(tooSoon)).toBe(260_000);
    expect(afterFetch(tooSoon, missing, 260_000)).toMatchObject({ tombstone: true, standing: 'clean', missingSince: null });
    expect(afterFetch(once, found(once, ACTIVE), 260_000)).toMatchObject({ tombstone: false, standing: 'clean', missingSince: null });
  });

  it('is kept from its newest event, unverified, when it may not be fetched', () => {
    const late = counted(stored, change(150, CANCELED, { previous: { status: 'trialing' } }));
    const refused: FetchAnswer<Plan> = { outcome: 'refused', startedAtCounter: late.counter };
    const kept = afterFetch(late, refused, 200_000);
    expect(kept).toMatchObject({ payload: CANCELED, unverified: true, standing: 'clean', watermark: 150 });
    expect(afterFetch(kept, found(kept, ACTIVE), 300_000)).toMatchObject({ unverified: false });
  });

  it('keeps what it shows when that is newer than what was not shown', () => {
    const older = counted(stored, change(90, CANCELED));
    const refused: FetchAnswer<Plan> = { outcome: 'refused', startedAtCounter: older.counter };
    expect(afterFetch(older, refused, 200_000)).toMatchObject({ payload: ACTIVE, unverified: true, standing: 'clean' });
  });
});

describe('a fetch', () => {
  it('is not due for a clean object', () => {
    expect(fetchDueAt(stored)).toBeNull();
  });

  it('is due two seconds after the last provisional, and at once for any other reason', () => {
    expect(fetchDueAt(provisional)).toBe(103_000);
    const more = counted(provisional, change(102, CANCELED, { previous: { status: 'past_due' } }), 102_500);
    expect(fetchDueAt(more)).toBe(104_500);
    expect(fetchDueAt(suspected)).toBe(150_000);
    expect(fetchDueAt(markedDirty(provisional, 'own-write', 101_500))).toBeLessThanOrEqual(101_500);
  });

  it('is due at most once a second', () => {
    const meanwhile = counted(suspected, change(80, PAST_DUE));
    const after = afterFetch(meanwhile, found(suspected, CANCELED), 200_100);
    expect(fetchDueAt(after)).toBe(201_100);
  });
});

describe('an object that was only named', () => {
  const stub = markedDirty<Plan>(null, 'stub', 50_000);

  it('waits for its own event for two seconds before it is looked up', () => {
    expect(fetchDueAt(stub)).toBe(52_000);
  });

  it('is as new to its first event as one never heard of, and clean after it', () => {
    const first = counted(stub, change(100, ACTIVE));
    expect(first).toMatchObject({ payload: ACTIVE, standing: 'clean', dirtyBecause: [], watermark: 100, counter: 2 });
    expect(fetchDueAt(first)).toBeNull();
  });

  it('stays in doubt after an event that shows nothing', () => {
    const withheld = counted(stub, change(100, null));
    expect(withheld).toMatchObject({ standing: 'dirty', dirtyBecause: [{ because: 'stub' }, { because: 'withheld' }] });
  });

  it('is no stub any more once something else put it in doubt', () => {
    expect(whatToDoWith(change(100, ACTIVE), markedDirty(stub, 'burial', 60_000))).toEqual({ do: 'show-and-check' });
  });

  it('says why it cannot be looked up', () => {
    const refused = afterFetch(stub, { outcome: 'refused', because: 'connection-removed', startedAtCounter: stub.counter }, 60_000);
    expect(refused).toMatchObject({ standing: 'clean', unverified: true, unverifiedBecause: 'connection-removed' });
    expect(afterFetch(refused, found(refused, ACTIVE), 70_000)).toMatchObject({ unverified: false, unverifiedBecause: null });
  });
});
