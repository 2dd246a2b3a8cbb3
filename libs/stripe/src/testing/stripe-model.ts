import { type Decision, type FetchAnswer, type Known, type StripeChange, whatToDoWith } from '../convergence.rules.js';
import { sameJson } from '../json.js';
import { afterEvent, afterFetch, fetchDueAt, markedDirty } from '../known.rules.js';

/** An object of the model: two fields with three values each, small enough for states to come back. */
export type Thing = { a: number; b: number };

/** What happens to it at Stripe, in order. A change after a deletion makes it again under the same id. */
export interface Step {
  /** Since the step before. */
  gapMs: number;
  change: Partial<Thing> | 'delete';
  /** Done by ourselves: the answer of the call comes back to us too. */
  own?: boolean;
}

export interface History {
  steps: Step[];
  /** Of everything that chance decides: delays, doubles, stamps, latencies. */
  seed: number;
}

export interface World {
  /** How far Stripe's stamp may be off, in seconds either way. */
  skewSeconds: 0 | 1;
  /** Shares of deliveries. */
  late: number;
  doubled: number;
  /** Payload left out by the gateway, or with a list cut at ten. */
  withheld: number;
  cut: number;
  /** Share of reads within LAG_MS of a change that answer 404 although the object is there (a replica that lags). */
  falseMissing: number;
  /** Whether anything is fetched at all. */
  fetches: boolean;
  /** Seconds by which the object's test clock differs from the wall clock; null for an object on none. */
  testClock: number | null;
}

export const WORLD: World = {
  skewSeconds: 1,
  late: 0.05,
  doubled: 0.1,
  withheld: 0,
  cut: 0,
  falseMissing: 0,
  fetches: true,
  testClock: null,
};

/** The rules, replaceable one by one: a model that cannot fail proves nothing. */
export interface Rules {
  whatToDoWith: (change: StripeChange<Thing>, known: Known<Thing> | null) => Decision;
  afterEvent: (known: Known<Thing> | null, change: StripeChange<Thing>, decision: Decision, now: number) => Known<Thing>;
  afterFetch: (known: Known<Thing>, answer: FetchAnswer<Thing>, now: number) => Known<Thing>;
  afterOwnWrite: (known: Known<Thing> | null, answer: Thing | null, now: number) => Known<Thing>;
}

export const RULES: Rules = {
  whatToDoWith,
  afterEvent,
  afterFetch,
  afterOwnWrite: (known, _answer, now) => markedDirty(known, 'own-write', now),
};

export interface Outcome {
  truth: Thing | null;
  shown: Thing | null;
  known: Known<Thing> | null;
  /** Distinct events, doubles not counted. */
  events: number;
  fetches: number;
  /** The shortest time between the answer of one fetch and the start of the next; Infinity below two fetches. */
  closestFetchesMs: number;
  /** True when it never came to rest. */
  restless: boolean;
}

type Happening =
  | { at: number; kind: 'step'; truth: Thing | null }
  | { at: number; kind: 'delivery'; change: StripeChange<Thing> }
  | { at: number; kind: 'own-answer'; answer: Thing | null }
  | { at: number; kind: 'read'; startedAtCounter: number; answerAt: number }
  | { at: number; kind: 'answer'; answer: FetchAnswer<Thing> };

const START_MS = 1_800_000_000_000;
const LAG_MS = 5_000;
const MOST_HAPPENINGS = 1_000;

/** Lives one history through to its end and tells how it ended. */
export function lived(history: History, world: World = WORLD, rules: Rules = RULES): Outcome {
  const chance = chanceOf(history.seed);
  const { happenings, events } = happeningsOf(history, world, chance);
  const outcome: Outcome = { truth: null, shown: null, known: null, events, fetches: 0, closestFetchesMs: Infinity, restless: false };
  let now = START_MS;
  let changedAt = now;
  let answeredAt = -Infinity;
  let isFetching = false;

  for (let count = 0; ; count += 1) {
    const due = world.fetches && !isFetching && outcome.known !== null ? fetchDueAt(outcome.known) : null;
    const next = happenings[0];
    const fetchesNow = due !== null && (next === undefined || Math.max(due, now) < next.at);
    if (!fetchesNow && next === undefined) return outcome;
    if (count > MOST_HAPPENINGS) return { ...outcome, restless: true };

    const at = fetchesNow ? Math.max(due, now) : (next?.at ?? now);
    now = at;

    if (fetchesNow) {
      const latency = 40 + Math.floor(chance() * 240);
      isFetching = true;
      outcome.closestFetchesMs = Math.min(outcome.closestFetchesMs, now - answeredAt);
      outcome.fetches += 1;
      const readAt = now + Math.floor(latency * chance());
      insert(happenings, { at: readAt, kind: 'read', startedAtCounter: outcome.known?.counter ?? 0, answerAt: now + latency });
      continue;
    }
    happenings.shift();
    if (next?.kind === 'step') {
      outcome.truth = next.truth;
      changedAt = now;
    }
    if (next?.kind === 'delivery') {
      outcome.known = rules.afterEvent(outcome.known, next.change, rules.whatToDoWith(next.change, outcome.known), now);
    }
    if (next?.kind === 'own-answer') outcome.known = rules.afterOwnWrite(outcome.known, next.answer, now);
    if (next?.kind === 'read') {
      const seen = now - changedAt < LAG_MS && chance() < world.falseMissing ? null : outcome.truth;
      insert(happenings, { at: next.answerAt, kind: 'answer', answer: answerOf(seen, next.startedAtCounter, now, world) });
    }
    if (next?.kind === 'answer' && outcome.known !== null) {
      isFetching = false;
      answeredAt = now;
      outcome.known = rules.afterFetch(outcome.known, next.answer, now);
    }
    outcome.shown = outcome.known === null || outcome.known.tombstone ? null : outcome.known.payload;
  }
}

/** What Stripe says when it is asked, stamped with its own whole second. */
function answerOf(seen: Thing | null, startedAtCounter: number, now: number, world: World): FetchAnswer<Thing> {
  const date = world.testClock === null ? Math.floor(now / 1000) : null;
  if (seen === null) return { outcome: 'missing', date, startedAtCounter };
  return { outcome: 'found', payload: seen, date, startedAtCounter };
}

function happeningsOf({ steps }: History, world: World, chance: () => number): { happenings: Happening[]; events: number } {
  const happenings: Happening[] = [];
  let truth: Thing | null = null;
  let at = START_MS + Math.floor(chance() * 1000);
  let events = 0;
  for (const step of steps) {
    at += step.gapMs;
    const before: Thing | null = truth;
    truth = step.change === 'delete' ? null : { ...(before ?? { a: 0, b: 0 }), ...step.change };
    if (before !== null && sameJson(before, truth)) continue;
    if (before === null && truth === null) continue;

    events += 1;
    happenings.push({ at, kind: 'step', truth });
    if (step.own) happenings.push({ at: at + 40 + Math.floor(chance() * 2_000), kind: 'own-answer', answer: truth });
    happenings.push(...deliveriesOf(before, truth, at, events, world, chance));
  }
  return { happenings: happenings.sort((left, right) => left.at - right.at), events };
}

function deliveriesOf(
  before: Thing | null,
  truth: Thing | null,
  at: number,
  number: number,
  world: World,
  chance: () => number,
): Happening[] {
  const skew = world.skewSeconds === 0 ? 0 : Math.floor(chance() * 3) - 1;
  const isWithheld = chance() < world.withheld;
  const isCut = chance() < world.cut;
  const change: StripeChange<Thing> = {
    eventId: `evt_${number}`,
    created: Math.floor(at / 1000) + skew + (world.testClock ?? 0),
    deleted: truth === null,
    payload: isWithheld ? null : isCut && truth ? { ...truth, b: -1 } : truth,
    previous: before !== null && truth !== null ? whatChanged(before, truth) : null,
    complete: !isCut,
  };
  const delay = () => (chance() < world.late ? 3_000 + Math.floor(chance() * 40_000) : 20 + Math.floor(chance() * 1_500));
  const deliveries: Happening[] = [{ at: at + delay(), kind: 'delivery', change }];
  if (chance() < world.doubled) {
    // Now and then Stripe makes two events of one change.
    const eventId = chance() < 0.3 ? `${change.eventId}_again` : change.eventId;
    deliveries.push({ at: at + delay(), kind: 'delivery', change: { ...change, eventId } });
  }
  return deliveries;
}

function whatChanged(before: Thing, truth: Thing): Partial<Thing> {
  return {
    ...(before.a === truth.a ? {} : { a: before.a }),
    ...(before.b === truth.b ? {} : { b: before.b }),
  };
}

function insert(happenings: Happening[], happening: Happening): void {
  const place = happenings.findIndex((other) => other.at > happening.at);
  happenings.splice(place === -1 ? happenings.length : place, 0, happening);
}

/** Numbers in [0, 1) from a seed (a 32-bit mixing generator), so that every history can be lived again. */
function chanceOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
  };
}
