import type { JsonObject } from './json.js';
import {
  type Decision,
  type DirtyMark,
  type DirtyReason,
  type FetchAnswer,
  isStub,
  type Known,
  type OutsideReason,
  type StripeChange,
  type UnverifiedReason,
} from './convergence.rules.js';

/** A burst is fetched once, after it: each provisional puts the fetch off by this. */
export const SETTLE_MS = 2_000;
/** Nor is one object fetched more often than this, whatever comes. */
export const FETCH_EVERY_MS = 1_000;
/** A 404 that nobody announced may be a lagging read: only one that stands this long is a deletion. */
export const MISSING_FOR_MS = 60_000;

/** The object after an event was counted. `known` events change nothing; every other decision counts. */
export function afterEvent<P extends JsonObject>(
  known: Known<P> | null,
  change: StripeChange<P>,
  decision: Decision,
  now: number,
): Known<P> {
  const before = known ?? nothingKnown<P>();
  if (decision.do === 'known') return before;

  // The counter goes on, so that a fetch that a stub has under way is known to be older than its first event.
  const isFirst = isStub(before) && decision.do !== 'check';
  const counted = withEventCounted(isFirst ? { ...nothingKnown<P>(), counter: before.counter } : before, change);
  switch (decision.do) {
    case 'apply':
    case 'delete':
      return { ...shown(counted, change), watermark: Math.max(counted.watermark, change.created), provisional: false };
    case 'show-and-check':
      return {
        ...dirty(shown(counted, change), 'provisional', now),
        provisional: true,
        lastProvisionalAt: now,
        provisionalCounter: counted.counter,
      };
    case 'check':
      return dirty(withUnshown(counted, change), decision.because, now);
    default:
      return decision satisfies never;
  }
}

/** A suspicion that no event of Stripe's carries: our own write, a burial, the sweep, a name. Shows nothing, counts, marks dirty. */
export function markedDirty<P extends JsonObject>(known: Known<P> | null, because: OutsideReason, now: number): Known<P> {
  const before = known ?? nothingKnown<P>();
  return dirty({ ...before, counter: before.counter + 1 }, because, now);
}

/** The object after its fetch. It stays dirty if anything came while the fetch was under way. */
export function afterFetch<P extends JsonObject>(known: Known<P>, answer: FetchAnswer<P>, now: number): Known<P> {
  const fetched = settled({ ...known, lastFetchAt: now, fetchedCounter: answer.startedAtCounter }, answer.startedAtCounter);
  // What is shown may be newer than the answer: it keeps its place until its own fetch.
  if (known.provisionalCounter > answer.startedAtCounter) return fetched;

  switch (answer.outcome) {
    case 'found':
      return {
        ...asTruth(fetched, answer.date),
        payload: answer.payload,
        tombstone: answer.deleted === true,
        deletionSeen: answer.deleted === true || (known.deletionSeen && known.counter > answer.startedAtCounter),
        missingSince: null,
      };
    case 'missing':
      return afterMissing(fetched, answer.date, now);
    case 'refused':
      return afterRefusal(fetched, answer.because ?? 'no-permission');
    default:
      return answer satisfies never;
  }
}

function afterMissing<P extends JsonObject>(known: Known<P>, date: number | null, now: number): Known<P> {
  const hasBeenMissing = known.missingSince !== null && now - known.missingSince >= MISSING_FOR_MS;
  // That it was taken for deleted once is no proof: whatever put it in doubt since may have been the proof against it.
  if (known.deletionSeen || hasBeenMissing) {
    return { ...asTruth(known, date), tombstone: true, missingSince: null };
  }
  return { ...dirty(known, 'missing', now), missingSince: known.missingSince ?? now };
}

/** What cannot be fetched is kept from its newest event, and says so. */
function afterRefusal<P extends JsonObject>(known: Known<P>, because: UnverifiedReason): Known<P> {
  const { unshown } = known;
  const kept = unshown === null ? known : { ...known, payload: unshown.payload ?? known.payload, tombstone: unshown.deleted };
  return { ...asTruth(kept, null), unverified: true, unverifiedBecause: because };
}

/**
 * When the object is to be fetched (epoch ms): SETTLE_MS after the last provisional, or after it was only named (its own event is
 * mostly on the way), at once for every other reason, never within FETCH_EVERY_MS of the last answer. Null when it is clean.
 */
export function fetchDueAt(known: Known): number | null {
  if (known.standing === 'clean') return null;
  const soonest = known.lastFetchAt === null ? 0 : known.lastFetchAt + FETCH_EVERY_MS;
  const nothingNew = known.counter === known.fetchedCounter;
  if (known.missingSince !== null && nothingNew) return Math.max(soonest, known.missingSince + MISSING_FOR_MS);

  if (isStub(known)) return (known.dirtyAt ?? 0) + SETTLE_MS;
  const onlyProvisional = known.dirtyBecause.every((mark) => mark.because === 'provisional');
  const wanted = onlyProvisional && known.lastProvisionalAt !== null ? known.lastProvisionalAt + SETTLE_MS : (known.dirtyAt ?? 0);
  return Math.max(soonest, wanted);
}

function nothingKnown<P extends JsonObject>(): Known<P> {
  return {
    payload: null,
    tombstone: false,
    standing: 'clean',
    dirtyBecause: [],
    provisional: false,
    unverified: false,
    unverifiedBecause: null,
    watermark: 0,
    newestSeen: 0,
    lastEventId: null,
    counter: 0,
    provisionalCounter: 0,
    lastProvisionalAt: null,
    dirtyAt: null,
    lastFetchAt: null,
    fetchedCounter: 0,
    deletionSeen: false,
    missingSince: null,
    unshown: null,
  };
}

function withEventCounted<P extends JsonObject>(known: Known<P>, change: StripeChange<P>): Known<P> {
  const isNewest = change.created >= known.newestSeen;
  return {
    ...known,
    counter: known.counter + 1,
    newestSeen: isNewest ? change.created : known.newestSeen,
    lastEventId: isNewest ? change.eventId : known.lastEventId,
    deletionSeen: known.deletionSeen || change.deleted === true,
    // Whatever tells of a living object speaks against the 404: the minute that it must stand begins again.
    missingSince: change.deleted === true ? known.missingSince : null,
  };
}

function shown<P extends JsonObject>(known: Known<P>, change: StripeChange<P>): Known<P> {
  return {
    ...known,
    payload: change.payload ?? known.payload,
    tombstone: change.deleted === true,
    unshown: known.unshown !== null && known.unshown.created > change.created ? known.unshown : null,
  };
}

function withUnshown<P extends JsonObject>(known: Known<P>, change: StripeChange<P>): Known<P> {
  const deleted = change.deleted === true;
  const isNewest = change.created >= (known.unshown?.created ?? known.watermark);
  if (!isNewest || (change.payload === null && !deleted)) return known;
  return { ...known, unshown: { payload: change.payload, deleted, created: change.created } };
}

function dirty<P extends JsonObject>(known: Known<P>, because: DirtyReason, now: number): Known<P> {
  const mark: DirtyMark = { because, counter: known.counter };
  const others = known.dirtyBecause.filter((other) => other.because !== because);
  return { ...known, standing: 'dirty', dirtyBecause: [...others, mark], dirtyAt: known.dirtyAt ?? now };
}

/** Without the reasons that a fetch begun at this counter has answered. */
function settled<P extends JsonObject>(known: Known<P>, startedAtCounter: number): Known<P> {
  const dirtyBecause = known.dirtyBecause.filter((mark) => mark.counter > startedAtCounter);
  const isDirty = dirtyBecause.length > 0;
  return { ...known, dirtyBecause, standing: isDirty ? 'dirty' : 'clean', dirtyAt: isDirty ? known.dirtyAt : null };
}

/**
 * What is stored is now what Stripe answered. The watermark rises to the answer's `Date`, and at least to the newest event
 * counted: that alone keeps older events out where there is no usable `Date`, as on a test clock.
 */
function asTruth<P extends JsonObject>(known: Known<P>, date: number | null): Known<P> {
  return {
    ...known,
    watermark: Math.max(known.watermark, known.newestSeen, date ?? 0),
    provisional: false,
    unverified: false,
    unverifiedBecause: null,
    unshown: null,
  };
}
