import { type JsonObject, sameJson } from './json.js';

/**
 * A webhook is a hint, Stripe's API is the truth (architecture rule 5). These are all decisions about that, for one object
 * at a time, as pure functions: any order, any duplicates and any delay of events end in the same state.
 *
 * Two clocks, never mixed: Stripe's stamps (`created`, `Date`) are epoch SECONDS, ours (`now`, `…At`) epoch MILLISECONDS.
 *
 * Why it converges. Let L be the event of an object's last change. An event is final only if it is more than TIE_SECONDS
 * above everything counted and fetched so far, or tells what is stored already. `created` is off by a second at most, so once
 * L is counted no other event is above it. After L the state therefore changes only by a fetch, which by then answers the
 * last state, or provisionally, which keeps the object dirty until a fetch; and a dirty object gets clean in no other way.
 */

/** Two stamps this close say nothing about order: Stripe stamps whole seconds, and off by up to one. */
export const TIE_SECONDS = 2;

/** One event about one object, in our words. */
export interface StripeChange<P extends JsonObject = JsonObject> {
  eventId: string;
  /** Epoch seconds. */
  created: number;
  /** Set for a `*.deleted` event; its payload may be the last state or null. */
  deleted?: boolean;
  /** The whole object as our mapping reads it; null when the gateway withheld it or the mapping refused it. */
  payload: P | null;
  /** Why there is no payload, when it is not the gateway that withheld it. */
  unmappable?: boolean;
  /** What `previous_attributes` says of the fields that we map; null when the event is not an update. */
  previous: Partial<P> | null;
  /** Fields that an update changes beside, of which it does not tell what they were. */
  alsoChanges?: readonly (keyof P & string)[];
  /** False when an embedded list was cut at ten: the payload is then not the whole object. */
  complete: boolean;
}

/** Why an object must be looked up. Shown to users as it stands. */
export type DirtyReason =
  /** Shown already, but it was a near tie or the object was dirty. */
  | 'provisional'
  /** Older than what is stored: late, or the stored state was wrong. */
  | 'regress'
  /** `previous_attributes` contradicts what is stored: a change was missed, or two came in the wrong order. */
  | 'gap'
  /** Too near to another event to say which is newer, and without `previous_attributes` to tell. */
  | 'tie'
  | 'cut-list'
  /** A payload of an object that was deleted; ids that merchants choose may be used again. */
  | 'tombstone'
  /** Too large for a topic, or left out on purpose. */
  | 'withheld'
  /** Stripe used a value that this version does not know. */
  | 'unmappable'
  /** We changed it ourselves: the answer of that call may already be old. */
  | 'own-write'
  /** A message about it could not be handled. */
  | 'burial'
  /** The sweep found another hash at Stripe. */
  | 'drift'
  /** Another object named it, and nothing of its own has been heard. */
  | 'stub'
  /** Stripe answered 404 although nobody deleted it. */
  | 'missing';

/** A reason that no event carries: see `markedDirty`. */
export type OutsideReason = Extract<DirtyReason, 'own-write' | 'burial' | 'drift' | 'stub'>;

/** Why an object cannot be looked up, so that its newest event is all there is. Shown to users as it stands. */
export type UnverifiedReason =
  /** Stripe refuses the connection's key (401), or the key was never proved. */
  | 'unauthorized'
  /** The key may not read such objects (403). */
  | 'no-permission'
  /** No connection has this id any more. */
  | 'connection-removed'
  /** Stripe refuses the question itself. */
  | 'refused'
  /** Stripe's answer holds something that this version cannot read. */
  | 'unmappable';

export interface DirtyMark {
  because: DirtyReason;
  /** Value of `Known.counter` when this reason was last given. */
  counter: number;
}

/** All that is remembered of one object besides the row itself; plain JSON. */
export interface Known<P extends JsonObject = JsonObject> {
  /** What is shown; null when nothing could be shown yet. Kept after a deletion, which never deletes what was learned (rule 11). */
  payload: P | null;
  /** A deletion is what is shown. It stops payloads, not truth: a fetch may bring the object back. */
  tombstone: boolean;
  standing: 'clean' | 'dirty';
  /** One mark per reason, in the order of first appearance; empty when clean. */
  dirtyBecause: readonly DirtyMark[];
  /** What is shown is waiting for its fetch. */
  provisional: boolean;
  /** Could not be fetched (no permission), so it is only as right as the newest event. */
  unverified: boolean;
  /** Why not. Absent in what was written before it was kept. */
  unverifiedBecause?: UnverifiedReason | null;
  /** Epoch seconds up to which the shown state is known to be right; 0 before anything was. */
  watermark: number;
  /** Epoch seconds: the highest `created` counted, shown or not. */
  newestSeen: number;
  /** The counted event with the highest `created`. */
  lastEventId: string | null;
  /** Counts events and suspicions, so that a fetch can tell whether anything came while it was under way. */
  counter: number;
  /** `counter` at the last provisional; 0 for never. */
  provisionalCounter: number;
  lastProvisionalAt: number | null;
  dirtyAt: number | null;
  lastFetchAt: number | null;
  /** `counter` when the last answered fetch started. */
  fetchedCounter: number;
  /** A deletion was counted since the object was last proved to exist. */
  deletionSeen: boolean;
  missingSince: number | null;
  /** The newest event's state that was not shown, for the day the object turns out not to be fetchable. */
  unshown: { payload: P | null; deleted: boolean; created: number } | null;
}

/** What Stripe answered when the object was fetched. */
export type FetchAnswer<P extends JsonObject> = {
  /** `Known.counter` when the fetch began. */
  startedAtCounter: number;
} & (
  | {
      outcome: 'found';
      payload: P;
      /** Stripe answers 200 with `deleted: true` for a deleted customer. */
      deleted?: boolean;
      /** The answer's `Date` header, epoch seconds. Null for an object on a test clock, whose events are stamped by that clock. */
      date: number | null;
    }
  | { outcome: 'missing'; date: number | null }
  /** The key may not read it, or there is nothing to read. */
  | { outcome: 'refused'; because?: UnverifiedReason }
);

export type CheckReason = Exclude<DirtyReason, 'provisional' | 'missing' | OutsideReason>;

export type Decision =
  /** Final: write the payload. */
  | { do: 'apply' }
  /** Final: the object is gone. No fetch is needed. */
  | { do: 'delete' }
  /** Write the payload (or the deletion) at once, and look it up afterwards. */
  | { do: 'show-and-check' }
  /** Write nothing of it; look the object up. */
  | { do: 'check'; because: CheckReason }
  /** Counted already: nothing at all. */
  | { do: 'known' };

/** What is to be done with an event. `known` is null when the object was never heard of. */
export function whatToDoWith<P extends JsonObject>(change: StripeChange<P>, known: Known<P> | null): Decision {
  if (known === null || isStub(known)) return firstSight(change);
  if (change.eventId === known.lastEventId) return { do: 'known' };

  const newest = Math.max(known.watermark, known.newestSeen);
  const regressed = change.created < newest - TIE_SECONDS;
  if (change.deleted) {
    if (regressed) return { do: 'check', because: 'regress' };
    const clear = known.standing === 'clean' && (known.tombstone || isClearlyAfter(change, newest));
    // What ended is gone for sure; what it was at its end is not all here while a list in it is cut.
    return clear && change.complete ? { do: 'delete' } : { do: 'show-and-check' };
  }

  const { payload } = change;
  if (payload === null) return { do: 'check', because: change.unmappable ? 'unmappable' : 'withheld' };
  if (!change.complete) return { do: 'check', because: 'cut-list' };
  if (known.tombstone) return { do: 'check', because: 'tombstone' };
  if (regressed) return { do: 'check', because: 'regress' };

  // A near tie that tells what is stored already settles itself: whichever of the two was the last, the state is this one.
  // Stripe does so for changes of fields that we do not keep, and when it makes two events of one change.
  const isClear = isClearlyAfter(change, newest);
  if (!isClear && known.standing === 'clean' && sameJson(payload, known.payload)) return { do: 'apply' };
  if (contradicts(change.previous, known.payload)) return { do: 'check', because: 'gap' };
  if (isClear) return { do: known.standing === 'clean' ? 'apply' : 'show-and-check' };
  if (change.previous === null && known.payload !== null) return { do: 'check', because: 'tie' };
  // Of two this close only the next can be shown, which `previous_attributes` leads to from what is stored: the other one is from before.
  if (!leadsTo(payload, known.payload, change)) return { do: 'check', because: 'gap' };
  return { do: 'show-and-check' };
}

/** Named by another object, and nothing else: its first event says as much as that of an object never heard of. */
export function isStub(known: Known): boolean {
  const { dirtyBecause, lastEventId, lastFetchAt } = known;
  return lastEventId === null && lastFetchAt === null && dirtyBecause.length > 0 && dirtyBecause.every((mark) => mark.because === 'stub');
}

function firstSight(change: StripeChange): Decision {
  if (change.deleted) return { do: change.complete ? 'delete' : 'show-and-check' };
  if (change.payload === null) return { do: 'check', because: change.unmappable ? 'unmappable' : 'withheld' };
  if (!change.complete) return { do: 'check', because: 'cut-list' };
  return { do: 'apply' };
}

function isClearlyAfter(change: StripeChange, newest: number): boolean {
  return change.created > newest + TIE_SECONDS;
}

/** Whether the stored state with an event's changes is the event's state. */
function leadsTo<P extends JsonObject>(payload: P, stored: P | null, { previous, alsoChanges }: StripeChange<P>): boolean {
  if (stored === null) return true;
  const changed = new Set([...Object.keys(previous ?? {}), ...(alsoChanges ?? [])]);
  return Object.keys(payload).every((field) => changed.has(field) || sameJson(payload[field], stored[field]));
}

/** Only fields that our mapping reads are compared: `previous` holds no others. */
function contradicts<P extends JsonObject>(previous: Partial<P> | null, stored: P | null): boolean {
  if (previous === null || stored === null) return false;
  return Object.keys(previous).some((field) => !sameJson(previous[field], stored[field]));
}
