import { between, type Chance, chanceOf, oneOf } from './chance.js';

export type Kind = 'customer' | 'subscription' | 'product';

/** What changes of an object: two fields of three values each, so few that states come back. */
export interface Thing {
  readonly a: 0 | 1 | 2;
  readonly b: 0 | 1 | 2;
}

/** What happens to an object, in order. The first makes it; a change after a deletion makes it again under the same id. */
export interface Step {
  /** Since the step before, in Stripe's milliseconds. */
  readonly gapMs: number;
  readonly change: Partial<Thing> | 'delete';
}

/** What happens on the way of one event to us. */
export interface Delivery {
  /** Milliseconds after the change, on the clock that `Family.isToldInItsTime` names; one for each copy that is sent. None: it is dropped. */
  readonly delaysMs: readonly number[];
  /** Stripe's stamp is off by so many seconds. */
  readonly skewSeconds: -1 | 0 | 1;
  /** Stripe makes a second event of the same change. */
  readonly isToldTwice: boolean;
}

/** One object's life at Stripe. */
export interface History {
  readonly number: number;
  readonly family: Family;
  readonly kind: Kind;
  /** Of a subscription; beyond ten, its embedded list is cut. */
  readonly items: number;
  readonly steps: readonly (Step & { readonly delivery: Delivery })[];
}

/** How a share of all histories is made. */
export interface Family {
  readonly name: string;
  readonly share: number;
  /** Its accounts' clock runs with ours, or many times as fast. */
  readonly isHurried: boolean;
  /** Deliveries take their time on that clock as well, so that a late one comes before the next sparse change, as it does at Stripe. */
  readonly isToldInItsTime: boolean;
  readonly gapMs: (chance: Chance) => number;
  /** Shares of deliveries, and of subscriptions. */
  readonly late: number;
  readonly doubled: number;
  readonly dropped: number;
  readonly longLists: number;
}

/** Half of the changes within the second of the one before. */
const burstGap = (chance: Chance) => (chance() < 0.5 ? between(chance, 0, 700) : between(chance, 1_000, 4_000));
const sparseGap = (chance: Chance) => between(chance, 60_000, 600_000);
const roughGap = (chance: Chance) => (chance() < 0.5 ? between(chance, 0, 700) : sparseGap(chance));

const MILD = { late: 0.05, doubled: 0.1, dropped: 0, longLists: 0 };
const HARSH = { late: 0.15, doubled: 0.2, dropped: 0.01, longLists: 0.2 };

/**
 * The first two are made as the second model of road.md (rule 5) makes them: on these a fetch's cost is judged. The others bear everything
 * that can go wrong at once.
 */
export const FAMILIES: readonly Family[] = [
  { name: 'sparse', share: 0.2, isHurried: true, isToldInItsTime: true, gapMs: sparseGap, ...MILD },
  { name: 'bursts', share: 0.15, isHurried: false, isToldInItsTime: true, gapMs: burstGap, ...MILD },
  { name: 'rough', share: 0.45, isHurried: true, isToldInItsTime: false, gapMs: roughGap, ...HARSH },
  { name: 'rough bursts', share: 0.2, isHurried: false, isToldInItsTime: false, gapMs: burstGap, ...HARSH },
];

export interface Making {
  readonly seed: number;
  /** The latest that a late delivery comes, in milliseconds of ours. */
  readonly latestMs: number;
}

/** The history of this number is the same whenever it is made. */
export function historyOf(number: number, { seed, latestMs }: Making): History {
  const chance = chanceOf(Math.imul(seed, 0x9e3779b1) + Math.imul(number + 1, 0x85ebca77));
  const family = familyOf(chance());
  const kind = oneOf<Kind>(chance, 'customer', 'customer', 'subscription', 'subscription', 'product');
  const items = kind !== 'subscription' ? 0 : chance() < family.longLists ? 11 + Math.floor(chance() * 4) : 1 + Math.floor(chance() * 3);
  const length = 1 + Math.floor(chance() * 8);
  const steps = Array.from({ length }, (_, at) => ({
    gapMs: family.gapMs(chance),
    change: at === 0 ? thingOf(chance) : changeOf(chance),
    delivery: deliveryOf(family, latestMs, chance),
  }));
  return { number, family, kind, items, steps };
}

function familyOf(draw: number): Family {
  let sum = 0;
  const found = FAMILIES.find(({ share }) => draw < (sum += share)) ?? FAMILIES.at(-1);
  if (!found) throw new Error('There is no family of histories.');
  return found;
}

const value = (chance: Chance) => oneOf<0 | 1 | 2>(chance, 0, 1, 2);

function thingOf(chance: Chance): Thing {
  return { a: value(chance), b: value(chance) };
}

function changeOf(chance: Chance): Step['change'] {
  if (chance() < 1 / 7) return 'delete';
  const { a, b } = thingOf(chance);
  return oneOf<Partial<Thing>>(chance, { a }, { b }, { a, b });
}

function deliveryOf(family: Family, latestMs: number, chance: Chance): Delivery {
  const isDropped = chance() < family.dropped;
  const isDoubled = chance() < family.doubled;
  const copies = isDropped ? 0 : isDoubled ? 2 + Math.floor(chance() * 5) : 1;
  const delay = () => (chance() < family.late ? between(chance, 3_000, latestMs) : between(chance, 20, 1_520));
  return {
    delaysMs: Array.from({ length: copies }, delay),
    skewSeconds: oneOf<-1 | 0 | 1>(chance, -1, 0, 1),
    isToldTwice: isDoubled && chance() < 0.3,
  };
}
