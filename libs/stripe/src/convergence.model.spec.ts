import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sameJson } from './json.js';
import { FETCH_EVERY_MS } from './known.rules.js';
import { type History, lived, type Outcome, RULES, type Rules, type Step, type Thing, WORLD, type World } from './testing/stripe-model.js';

const value = fc.integer({ min: 0, max: 2 });
const change: fc.Arbitrary<Partial<Thing>> = fc.oneof(
  value.map((a) => ({ a })),
  value.map((b) => ({ b })),
  fc.record({ a: value, b: value }),
);
const flip: fc.Arbitrary<Partial<Thing>> = fc.integer({ min: 0, max: 1 }).map((a) => ({ a }));
/** Half of the changes within the second of the one before. */
const burstGap = fc.oneof(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 1_000, max: 4_000 }));
const sparseGap = fc.integer({ min: 60_000, max: 600_000 });

function historiesOf(gapMs: fc.Arbitrary<number>, changes: fc.Arbitrary<Step['change']>, own = 0): fc.Arbitrary<History> {
  const isOwn = own === 0 ? fc.constant(false) : fc.integer({ min: 0, max: 99 }).map((dice) => dice < own);
  const step: fc.Arbitrary<Step> = fc.record({ gapMs, change: changes, own: isOwn });
  return fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 8 }), seed: fc.integer() });
}

const withDeletes: fc.Arbitrary<Step['change']> = fc.oneof(
  { weight: 6, arbitrary: change },
  { weight: 1, arbitrary: fc.constant('delete') },
);
const bursts = historiesOf(burstGap, withDeletes);
const flips = historiesOf(burstGap, flip);
const sparse = historiesOf(sparseGap, withDeletes);
const mixed = historiesOf(fc.oneof(burstGap, sparseGap), withDeletes);
const withOwnWrites = historiesOf(fc.oneof(burstGap, sparseGap), fc.oneof(flip, withDeletes), 50);

/** Stripe's clock is right, off by up to a second, or a test clock's. */
const WORLDS: [string, Partial<World>][] = [
  ['stamps are exact', { skewSeconds: 0 }],
  ['stamps are off by up to a second', {}],
  ['much is late and doubled', { late: 0.4, doubled: 0.5 }],
  ['payloads are withheld and lists are cut', { withheld: 0.15, cut: 0.15 }],
  ['a test clock is a year ahead', { testClock: 31_536_000 }],
  ['a test clock is a year behind', { testClock: -31_536_000 }],
];

function expectRight(outcome: Outcome): void {
  expect(outcome.restless).toBe(false);
  expect(outcome.shown).toEqual(outcome.truth);
  expect(outcome.closestFetchesMs).toBeGreaterThanOrEqual(FETCH_EVERY_MS);
  if (outcome.known !== null) expect(outcome.known.standing).toBe('clean');
}

function sampled(histories: fc.Arbitrary<History>, count: number): History[] {
  return fc.sample(histories, { numRuns: count, seed: 20_261_121 });
}

function isWrong(outcome: Outcome): boolean {
  return outcome.restless || !sameJson(outcome.shown, outcome.truth);
}

function wrongEnds(histories: History[], world: World, rules: Rules): number {
  return histories.filter((history) => isWrong(lived(history, world, rules))).length;
}

describe('any order, any duplicates and any delay of events end in the truth', () => {
  it.each(WORLDS)('when %s', (_, world) => {
    fc.assert(
      fc.property(mixed, (history) => expectRight(lived(history, { ...WORLD, ...world }))),
      { numRuns: 1_500 },
    );
  });

  it('when values flip to and fro within seconds', () => {
    fc.assert(
      fc.property(flips, (history) => expectRight(lived(history))),
      { numRuns: 2_000 },
    );
  });

  it('when we write to Stripe ourselves', () => {
    fc.assert(
      fc.property(withOwnWrites, (history) => expectRight(lived(history))),
      { numRuns: 1_500 },
    );
  });

  it('when a read that lags answers 404 for an object that is there', () => {
    const histories = historiesOf(fc.oneof(burstGap, sparseGap), change);
    fc.assert(
      fc.property(histories, (history) => expectRight(lived(history, { ...WORLD, falseMissing: 0.3 }))),
      { numRuns: 1_500 },
    );
  });
});

describe('an object that was 404 twice, a minute apart, each time right after a change', () => {
  const step = (gapMs: number, changed: Partial<Thing>): Step => ({ gapMs, change: changed, own: false });

  it('is not taken for deleted: the event between the two speaks against the first 404', () => {
    const steps = [step(0, { b: 1 }), step(60_000, { b: 0 }), step(0, { b: 2 }), step(60_000, { b: 2 }), step(0, { a: 1 })];
    expectRight(lived({ steps, seed: 374_210_488 }, { ...WORLD, falseMissing: 0.3 }));
  });

  it('comes back although the event that speaks against it is late, and the next look meets a third 404', () => {
    const steps = [step(60_000, { a: 1, b: 0 }), step(0, { a: 0 }), step(62_540, { a: 1 }), step(0, { a: 0, b: 0 })];
    expectRight(lived({ steps, seed: -2_147_479_529 }, { ...WORLD, falseMissing: 0.3 }));
  });
});

describe('as long as nothing is fetched', () => {
  it.each(WORLDS)('each object ends right, or dirty with its reason, when %s', (_, world) => {
    let right = 0;
    const runs = 1_000;
    fc.assert(
      fc.property(mixed, (history) => {
        const { known, shown, truth } = lived(history, { ...WORLD, ...world, fetches: false });
        if (known === null || known.standing === 'clean') {
          expect(shown).toEqual(truth);
          right += 1;
        } else {
          expect(known.dirtyBecause.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs },
    );
    expect(right).toBeGreaterThan(runs / 10);
  });
});

describe('what convergence costs', () => {
  it.each([
    ['sparse changes', sparse, 0.1],
    ['bursts', bursts, 0.45],
    ['bursts that flip between two values', flips, 0.5],
  ])('%s: fetches per event stay within the limit', (name, histories, limit) => {
    const ends = sampled(histories, 4_000).map((history) => lived(history));
    const events = ends.reduce((sum, end) => sum + end.events, 0);
    const fetches = ends.reduce((sum, end) => sum + end.fetches, 0);
    const wrong = ends.filter(isWrong).length;
    process.stdout.write(`${name}: ${(fetches / events).toFixed(3)} fetches per event, ${wrong} wrong ends\n`);
    expect(wrong).toBe(0);
    expect(fetches / events).toBeLessThanOrEqual(limit);
  });
});

describe('the model can fail: a rule left out is found', () => {
  /** The counter-example's rules: a gap is looked up, but what was heard and answered does not keep older events out. */
  const withoutRaisedWatermark: Rules = {
    ...RULES,
    afterEvent: (known, event, decision, now) => {
      const next = RULES.afterEvent(known, event, decision, now);
      return decision.do === 'check' ? { ...next, newestSeen: known?.newestSeen ?? 0 } : next;
    },
    afterFetch: (known, answer, now) => ({ ...RULES.afterFetch(known, answer, now), watermark: known.watermark }),
  };
  const withoutSecondFetch: Rules = {
    ...RULES,
    afterFetch: (known, answer, now) => ({ ...RULES.afterFetch(known, answer, now), standing: 'clean', dirtyBecause: [] }),
  };
  const withOwnAnswersStored: Rules = {
    ...RULES,
    afterOwnWrite: (known, answer, now) => {
      const next = RULES.afterOwnWrite(known, answer, now);
      const before = known ?? { ...next, standing: 'clean' as const, dirtyBecause: [] };
      return { ...before, payload: answer ?? before.payload, tombstone: answer === null };
    },
  };
  const withHardTombstones: Rules = {
    ...RULES,
    whatToDoWith: (event, known) => (known?.tombstone ? { do: 'known' } : RULES.whatToDoWith(event, known)),
  };
  const withoutTies: Rules = {
    ...RULES,
    whatToDoWith: (event, known) => {
      const decision = RULES.whatToDoWith(event, known);
      const isAbove = known !== null && event.created > Math.max(known.watermark, known.newestSeen);
      return decision.do === 'show-and-check' && known?.standing === 'clean' && isAbove ? { do: 'apply' } : decision;
    },
  };
  const withoutGapLookup: Rules = {
    ...RULES,
    whatToDoWith: (event, known) => {
      const decision = RULES.whatToDoWith(event, known);
      return decision.do === 'check' ? { do: 'known' } : decision;
    },
  };
  const withFalse404sBelieved: Rules = {
    ...RULES,
    afterFetch: (known, answer, now) => RULES.afterFetch({ ...known, deletionSeen: true }, answer, now),
  };
  const noDeletes = historiesOf(fc.oneof(burstGap, sparseGap), change);

  it.each<[string, Rules, fc.Arbitrary<History>, Partial<World>]>([
    ['the watermark is not raised by an answer', withoutRaisedWatermark, flips, { late: 0.3 }],
    ['a discarded answer is not asked for again', withoutSecondFetch, bursts, {}],
    ['the answer of our own write is stored as it comes', withOwnAnswersStored, withOwnWrites, { late: 0.3 }],
    ['a tombstone is for ever', withHardTombstones, bursts, {}],
    ['stamps two seconds apart are taken for an order', withoutTies, flips, { late: 0.3 }],
    ['what is unclear is dropped instead of looked up', withoutGapLookup, bursts, {}],
    ['every 404 is taken for a deletion', withFalse404sBelieved, noDeletes, { falseMissing: 0.3 }],
  ])('%s', (name, rules, histories, world) => {
    const lives = sampled(histories, 2_500);
    const wrong = wrongEnds(lives, { ...WORLD, ...world }, rules);
    process.stdout.write(`${name}: ${wrong} of ${lives.length} end wrong (0 by the rules)\n`);
    expect(wrong).toBeGreaterThan(0);
    expect(wrongEnds(lives, { ...WORLD, ...world }, RULES)).toBe(0);
  });
});
