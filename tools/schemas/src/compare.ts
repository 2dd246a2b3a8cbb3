import { alternativesOf, asSchema, canonical, isSchema, listUnder, sameJson, type Schema, schemasUnder, typeOf } from './json-schema.js';

export const BREAKAGES = [
  'field-removed',
  'required-added',
  'optional-made-required',
  'type-changed',
  'null-withdrawn',
  'enum-value-removed',
  'bound-narrowed',
  'topic-property-changed',
] as const;
export const CAUTIONS = ['null-added', 'required-made-optional', 'enum-value-added', 'type-widened', 'bound-widened'] as const;

export interface Breakage {
  readonly kind: (typeof BREAKAGES)[number];
  /** Where in the message: `items[].priceId`; empty for the whole of it. */
  readonly path: string;
  /** A sentence for whoever made the change. */
  readonly text: string;
}

/** Right for every message that was ever written, but new for readers that run today. */
export interface Caution {
  readonly kind: (typeof CAUTIONS)[number];
  readonly path: string;
  readonly text: string;
}

/** Where the schemas of a topic keep what is not its shape: kind, burial, key, order, partitions, samples. */
export const TOPIC_PROPERTIES = 'x-turnpike';

/**
 * What in `current` breaks an agreement of `released`: messages that were written under it (they stay on the topic, in dead letters and
 * in backups) must still parse, and a field that a reader may rely on must still be told.
 */
export function breakagesBetween(released: Schema, current: Schema): Breakage[] {
  return [...topicPropertyChanges(released, current), ...Comparison.of(released, current).breakages];
}

/**
 * What is allowed, but only in the right order: readers first. A value, a null or a type that old readers do not know is refused by
 * those still running, and a whole topic is buried (road 2.6). It cannot be told from the schemas whether they were updated before,
 * so this is said and not forbidden.
 */
export function cautionsBetween(released: Schema, current: Schema): Caution[] {
  return [...Comparison.of(released, current).cautions];
}

function topicPropertyChanges(released: Schema, current: Schema, path: readonly string[] = [TOPIC_PROPERTIES]): Breakage[] {
  const was = valueAt(released, path);
  const is = valueAt(current, path);
  if (isSchema(was) && isSchema(is)) return Object.keys(was).flatMap((name) => topicPropertyChanges(released, current, [...path, name]));
  if (was === undefined || sameJson(was, is)) return [];
  const property = path.slice(1).join(' › ') || TOPIC_PROPERTIES;
  const text = `was ${canonical(was)} and is ${is === undefined ? 'gone' : canonical(is)}.`;
  return [{ kind: 'topic-property-changed', path: property, text }];
}

function valueAt(schema: Schema, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isSchema(value) ? value[name] : undefined), schema);
}

const LOWER = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains']);
const UPPER = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains']);
/** Compared by code of their own, or without meaning for what is valid. Whatever is in no list here counts as a bound. */
const NOT_BOUNDS = new Set(
  (
    'type enum properties required additionalProperties propertyNames items prefixItems ' +
    '$schema $id $defs $comment $anchor id title description default examples deprecated readOnly writeOnly'
  ).split(' '),
);

/** One walk over both schemas; asks of every released alternative whether some current one still takes it. */
class Comparison {
  readonly breakages: Breakage[] = [];
  readonly cautions: Caution[] = [];

  private constructor(
    private readonly releasedRoot: Schema,
    private readonly currentRoot: Schema,
    /** Pairs under comparison or done, so that a schema that holds itself ends. */
    private readonly met: Map<Schema, Set<Schema>>,
  ) {}

  static of(released: Schema, current: Schema): Comparison {
    const comparison = new Comparison(released, current, new Map());
    comparison.compare(released, current, '');
    return comparison;
  }

  private compare(released: Schema, current: Schema, path: string): void {
    const partners = this.met.get(released) ?? new Set();
    if (partners.has(current)) return;
    this.met.set(released, partners.add(current));

    const were = alternativesOf(released, this.releasedRoot);
    const are = alternativesOf(current, this.currentRoot);
    const met = new Set<Schema>();
    for (const was of were) {
      const is = this.closest(was, are);
      if (is) met.add(is);
      this.compareAlternative(was, is, path);
    }
    for (const is of are.filter((one) => !met.has(one))) this.noteNewAlternative(is, were, path);
  }

  /** The alternative that takes what `was` took; among several of the type, the one that refuses least. */
  private closest(was: Schema, are: readonly Schema[]): Schema | undefined {
    const fitting = are.filter((is) => takes(is, was));
    if (fitting.length < 2) return fitting[0];
    const refusals = fitting.map((is) => this.refusals(was, is));
    return fitting[refusals.indexOf(Math.min(...refusals))];
  }

  /** The same walk for one pair of alternatives, only to count. */
  private refusals(was: Schema, is: Schema): number {
    const met = new Map([...this.met].map(([released, partners]) => [released, new Set(partners)]));
    const trial = new Comparison(this.releasedRoot, this.currentRoot, met);
    trial.compareAlternative(was, is, '');
    return trial.breakages.length;
  }

  private compareAlternative(was: Schema, is: Schema | undefined, path: string): void {
    if (!is) {
      if (typeOf(was) === 'null') this.break('null-withdrawn', path, 'may no longer be null, but messages exist in which it is.');
      else this.break('type-changed', path, `was ${typeOf(was)}, and no longer is.`);
      return;
    }
    if (typeOf(is) !== typeOf(was)) this.warn('type-widened', path, `was ${typeOf(was)} and is ${typeOf(is)}.`);
    this.compareValues(was, is, path);
    this.compareBounds(was, is, path);
    if (typeOf(is) === 'any') return;
    this.compareFields(was, is, path);
    this.compareItems(was, is, path);
  }

  private noteNewAlternative(is: Schema, were: readonly Schema[], path: string): void {
    if (were.some((was) => typeOf(was) === 'any')) return;
    if (typeOf(is) === 'null') this.warn('null-added', path, 'may be null now.');
    else this.warn('type-widened', path, `may be another ${typeOf(is)} now.`);
  }

  private compareValues(was: Schema, is: Schema, path: string): void {
    const [before, after] = [listUnder(was, 'enum'), listUnder(is, 'enum')];
    if (before && after) {
      for (const value of before.filter((one) => !includes(after, one))) {
        this.break('enum-value-removed', path, `no longer takes ${canonical(value)}, but messages exist that say it.`);
      }
      for (const value of after.filter((one) => !includes(before, one)))
        this.warn('enum-value-added', path, `may be ${canonical(value)} now.`);
    } else if (after) {
      this.break('bound-narrowed', path, `took any ${typeOf(was)} and takes only ${after.map(canonical).join(', ')}.`);
    } else if (before) {
      this.warn('bound-widened', path, 'is no longer a closed list of values.');
    }
  }

  private compareBounds(was: Schema, is: Schema, path: string): void {
    const keywords = new Set([...Object.keys(was), ...Object.keys(is)]);
    for (const keyword of keywords) {
      if (NOT_BOUNDS.has(keyword) || keyword.startsWith('x-')) continue;
      const [before, after] = [was[keyword], is[keyword]];
      if (sameJson(before, after)) continue;
      const change = `${keyword} was ${canonical(before)} and is ${canonical(after)}.`.replaceAll('undefined', 'not there');
      if (isWider(keyword, before, after)) this.warn('bound-widened', path, change);
      else this.break('bound-narrowed', path, change);
    }
  }

  private compareFields(was: Schema, is: Schema, path: string): void {
    const [before, after] = [schemasUnder(was, 'properties'), schemasUnder(is, 'properties')];
    const [needed, needs] = [new Set(listUnder(was, 'required')), new Set(listUnder(is, 'required'))];
    for (const [name, schema] of before) {
      const field = path === '' ? name : `${path}.${name}`;
      const next = after.get(name);
      if (!next) {
        this.break('field-removed', field, 'is gone, but readers may rely on it.');
        continue;
      }
      if (needs.has(name) && !needed.has(name))
        this.break('optional-made-required', field, 'must be there now, but messages exist without it.');
      if (needed.has(name) && !needs.has(name)) this.warn('required-made-optional', field, 'may be left out now.');
      this.compare(schema, next, field);
    }
    for (const name of needs) {
      if (typeof name !== 'string' || before.has(name)) continue;
      this.break('required-added', path === '' ? name : `${path}.${name}`, 'is new and must be there, but messages exist without it.');
    }
    if (typeOf(was) === 'object') this.compareOtherFields(was, is, path);
  }

  private compareOtherFields(was: Schema, is: Schema, path: string): void {
    if (is['additionalProperties'] === false && was['additionalProperties'] !== false) {
      this.break('bound-narrowed', path, 'takes no other fields any more, so that no newer writer could add one.');
      return;
    }
    this.compare(asSchema(was['additionalProperties']), asSchema(is['additionalProperties']), `${path}{}`);
    this.compare(asSchema(was['propertyNames']), asSchema(is['propertyNames']), `${path}{name}`);
  }

  private compareItems(was: Schema, is: Schema, path: string): void {
    if (typeOf(was) !== 'array') return;
    const [before, after] = [listUnder(was, 'prefixItems') ?? [], listUnder(is, 'prefixItems') ?? []];
    for (let at = 0; at < Math.max(before.length, after.length); at++) {
      this.compare(asSchema(before[at] ?? was['items']), asSchema(after[at] ?? is['items']), `${path}[${at}]`);
    }
    this.compare(asSchema(was['items']), asSchema(is['items']), `${path}[]`);
  }

  private break(kind: Breakage['kind'], path: string, text: string): void {
    this.breakages.push({ kind, path, text });
  }

  private warn(kind: Caution['kind'], path: string, text: string): void {
    this.cautions.push({ kind, path, text });
  }
}

function takes(is: Schema, was: Schema): boolean {
  const [now, then] = [typeOf(is), typeOf(was)];
  return now === then || now === 'any' || (now === 'number' && then === 'integer');
}

function includes(values: readonly unknown[], value: unknown): boolean {
  return values.some((one) => sameJson(one, value));
}

function isWider(keyword: string, before: unknown, after: unknown): boolean {
  if (after === undefined) return true;
  if (typeof before !== 'number' || typeof after !== 'number') return false;
  if (LOWER.has(keyword)) return after < before;
  if (UPPER.has(keyword)) return after > before;
  return keyword === 'multipleOf' && before % after === 0;
}
