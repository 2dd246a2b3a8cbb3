/**
 * The state of ONE account, and what a change of it is. Everything that decides is a pure function over these: (state, request, now) in,
 * the new state, its events and the answer out. The frame saves the difference of the two states, the events, the idempotency answer and the
 * deliveries to make in one transaction.
 *
 * Times are seconds since 1970, as Stripe writes them. Amounts are whole minor units.
 */

/** Any object as it is stored: in the newest shape of the API (API_VERSION in render/versions.ts); older shapes exist only in answers. */
export interface StripeObject {
  readonly id: string;
  readonly object: string;
  readonly [field: string]: unknown;
}

/**
 * Kinds of objects and their types. Each resource adds its own beside its code:
 * `declare module '../state.js' { interface Kinds { customer: Customer } }`.
 * A kind is the object's `object` field. Kinds that Stripe does not have (`sandbox.…`) hold what no answer may show.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled where the kinds are
export interface Kinds {}
export type Kind = keyof Kinds;

/** What an account's owner would set in Stripe's dashboard. Set here by POST /_sandbox/settings. */
export interface Settings {
  readonly businessName: string;
  /** ISO 3166, two letters. */
  readonly country: string;
  readonly defaultCurrency: string;
  /** The version that a request without `Stripe-Version` gets, and endpoints made without one. */
  readonly apiVersion: string;
  /** Days after each failed attempt until the next one; when the list is used up, the last attempt was the last. */
  readonly retryAfterDays: readonly number[];
  /** What becomes of a subscription after the last attempt (K8). */
  readonly afterLastRetry: 'cancel' | 'mark_unpaid' | 'leave_past_due';
}

/** Random in a server, counted in a test: the only thing in a transition that is not decided by its arguments. */
export type IdSource = (length: number) => string;

type Objects = ReadonlyMap<string, StripeObject>;

/** null: deleted. */
type Overlay = ReadonlyMap<string, ReadonlyMap<string, StripeObject | null>>;

/** Objects that are saved, shared by all states of one account; mutated by `settled` only, which makes older states unusable. */
interface Ground {
  readonly objects: Map<string, Map<string, StripeObject>>;
  readonly deleted: Map<string, Set<string>>;
  generation: number;
}

export interface Difference {
  /** Objects made or changed, in the order in which they first changed. */
  readonly kept: readonly StripeObject[];
  readonly dropped: ReadonlyArray<{ readonly kind: string; readonly id: string }>;
  /** undefined: the settings did not change. */
  readonly settings: Settings | undefined;
}

/** What a state starts from: objects in the order in which they were made. */
export interface Saved {
  readonly account: string;
  readonly settings: Settings;
  readonly objects: Iterable<StripeObject>;
  readonly deleted: Iterable<{ kind: string; id: string }>;
}

const NOTHING: Overlay = new Map();

export class State {
  private constructor(
    readonly account: string,
    readonly settings: Settings,
    private readonly ids: IdSource,
    private readonly ground: Ground,
    private readonly generation: number,
    private readonly overlay: Overlay,
    private readonly settingsChanged: boolean,
  ) {}

  static from(saved: Saved, ids: IdSource): State {
    const ground: Ground = { objects: new Map(), deleted: new Map(), generation: 0 };
    for (const object of saved.objects) inner(ground.objects, object.object, newMap).set(object.id, object);
    for (const { kind, id } of saved.deleted) inner(ground.deleted, kind, newSet).add(id);
    return new State(saved.account, saved.settings, ids, ground, 0, NOTHING, false);
  }

  find<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    const changed = this.overlay.get(kind)?.get(id);
    const object = changed === undefined ? this.settledObjects(kind)?.get(id) : (changed ?? undefined);
    // Whatever lies under a kind was put there as that kind: `with` takes nothing else.
    return object as Kinds[K] | undefined;
  }

  /** In the order in which they were made, oldest first. */
  list<K extends Kind>(kind: K): ReadonlyArray<Kinds[K]> {
    // As in `find`.
    return this.listAny(kind) as unknown as ReadonlyArray<Kinds[K]>;
  }

  /** `list` for code that does not know what the objects are. */
  listAny(kind: string): readonly StripeObject[] {
    const changed = this.overlay.get(kind);
    const settled = this.settledObjects(kind);
    const objects: StripeObject[] = [];
    for (const [id, object] of settled ?? []) {
      const now = changed?.get(id);
      if (now !== null) objects.push(now ?? object);
    }
    for (const [id, object] of changed ?? []) if (object !== null && !settled?.has(id)) objects.push(object);
    return objects;
  }

  /** An object of any kind, for code that follows references without knowing where they lead. */
  findAny(kind: string, id: string): StripeObject | undefined {
    const changed = this.overlay.get(kind)?.get(id);
    return changed === undefined ? this.settledObjects(kind)?.get(id) : (changed ?? undefined);
  }

  isDeleted(kind: Kind, id: string): boolean {
    const changed = this.overlay.get(kind)?.get(id);
    return changed === undefined ? (this.ground.deleted.get(kind)?.has(id) ?? false) : changed === null;
  }

  /** This state with the object, new or in place of the one of its id. */
  with<T extends Kinds[Kind]>(object: T): State {
    return this.changedBy(object.object, object.id, object);
  }

  /** This state without the object; its id stays known as deleted. */
  without(kind: Kind, id: string): State {
    return this.changedBy(kind, id, null);
  }

  withSettings(settings: Partial<Settings>): State {
    return new State(this.account, { ...this.settings, ...settings }, this.ids, this.ground, this.generation, this.overlay, true);
  }

  /** For example `newId('cus', 14)`. Lengths of Stripe's ids: see "Id shapes" in the checklist; most have 24. */
  newId(prefix: string, length = 24): string {
    return `${prefix}_${this.ids(length)}`;
  }

  /** A string that nobody can guess, for secrets. */
  newSecret(length: number): string {
    return this.ids(length);
  }

  /** What is not saved yet. */
  difference(): Difference {
    const kept: StripeObject[] = [];
    const dropped: Array<{ kind: string; id: string }> = [];
    for (const [kind, objects] of this.overlay) {
      for (const [id, object] of objects) {
        if (object === null) dropped.push({ kind, id });
        else kept.push(object);
      }
    }
    return { kept, dropped, settings: this.settingsChanged ? this.settings : undefined };
  }

  /** The same state with its difference taken for saved. States made before must not be read again, and throw when they are. */
  settled(): State {
    this.mustBeCurrent();
    for (const [kind, objects] of this.overlay) {
      for (const [id, object] of objects) {
        if (object === null) {
          this.ground.objects.get(kind)?.delete(id);
          inner(this.ground.deleted, kind, newSet).add(id);
        } else inner(this.ground.objects, kind, newMap).set(id, object);
      }
    }
    this.ground.generation += 1;
    return new State(this.account, this.settings, this.ids, this.ground, this.ground.generation, NOTHING, false);
  }

  private changedBy(kind: string, id: string, object: StripeObject | null): State {
    const objects = new Map(this.overlay.get(kind));
    objects.set(id, object);
    const overlay = new Map(this.overlay).set(kind, objects);
    return new State(this.account, this.settings, this.ids, this.ground, this.generation, overlay, this.settingsChanged);
  }

  private settledObjects(kind: string): Objects | undefined {
    this.mustBeCurrent();
    return this.ground.objects.get(kind);
  }

  private mustBeCurrent(): void {
    if (this.generation !== this.ground.generation) throw new Error('this state was settled: use the one that settled() gave');
  }
}

/** Something that happened, as an event of Stripe will tell it: `object` as it is right after. */
export interface Emitted {
  readonly type: string;
  readonly object: StripeObject;
  /** `previous_attributes`: only of *.updated, only what changed (B14). */
  readonly previous?: Readonly<Record<string, unknown>>;
  /** When it happened: the test clock's time for objects of one. */
  readonly at: number;
  /** true: told without the request's id, though a request was the occasion (B13). Steps of the clock are automatic anyhow. */
  readonly automatic?: boolean;
}

export interface Change {
  readonly state: State;
  readonly events: readonly Emitted[];
}

/**
 * What the passing of time does. `clock` is the id of a test clock, or null for all objects that live on the wall clock.
 * clock-engine.ts is the one; the frame calls it, saves each step (or a few together) in one transaction and yields between: an advance
 * cut by a kill goes on after the restart, from the state alone.
 */
export interface ClockEngine {
  /** When the next thing is due, however far off; undefined: nothing is. */
  nextDueAt(state: State, clock: string | null): number | undefined;
  /** Does the first thing that is due at or before `until`, at its own time; undefined: nothing is. Must make progress: a step done is not due again. */
  nextStep(state: State, clock: string | null, until: number): Change | undefined;
}

function inner<T>(outer: Map<string, T>, kind: string, make: () => T): T {
  const known = outer.get(kind);
  if (known !== undefined) return known;
  const made = make();
  outer.set(kind, made);
  return made;
}
const newMap = (): Map<string, StripeObject> => new Map();
const newSet = (): Set<string> => new Set();
