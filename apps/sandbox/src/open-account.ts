import { then } from './change.js';
import type { Expander } from './expand.js';
import { type Cause, recorded } from './resources/event.js';
import { advancementUnderway, isAdvancing } from './resources/test-clocks.js';
import type { Resource } from './route.js';
import type { Change, Difference, Emitted, State, StripeObject } from './state.js';
import type { Store } from './store.js';

/** One account while the sandbox runs: its state, and the only way to change it. Changes happen one after another, each in one transaction. */
export class OpenAccount {
  constructor(
    readonly id: string,
    private current: State,
    private readonly store: Store,
    private readonly resources: readonly Resource[],
    private readonly expander: Expander,
    private readonly saved: (account: OpenAccount, difference: Difference) => void,
  ) {}

  get state(): State {
    return this.current;
  }

  /** Saves a change with its events and their deliveries, and whatever else belongs to it (`beside`: the answer under its key). */
  commit(change: Change, cause: Cause, beside: () => void = () => undefined): State {
    const state = recorded(change, cause, this.expander.bare);
    const difference = state.difference();
    this.store.transaction(() => {
      this.store.save(this.id, difference);
      beside();
    });
    this.current = state.settled();
    this.saved(this, difference);
    return this.current;
  }

  /** What a change brings about in other resources, as events of its events (Resource.reactions). */
  withReactions(change: Change): Change {
    let whole: Change = { state: change.state, events: [] };
    const waiting: Emitted[] = [...change.events];
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      const { type, object, at } = event;
      whole = { state: whole.state, events: [...whole.events, event] };
      for (const { reactions } of this.resources) {
        const react = reactions?.[type];
        if (react === undefined) continue;
        const before = whole.events.length;
        const after = then(whole, (state) => react(state, object, at));
        whole = { state: after.state, events: whole.events };
        waiting.unshift(...after.events.slice(before));
      }
    }
    return whole;
  }

  /** P4: while a clock advances, only the advance writes what is its. */
  refuseWritesDuringAdvance(state: State): void {
    const { kept, dropped } = state.difference();
    const before = dropped.map(({ kind, id }) => this.current.findAny(kind, id));
    for (const object of [...kept, ...before]) {
      const clock = object && this.clockOf(object);
      if (clock !== undefined && isAdvancing(this.current, clock)) throw advancementUnderway(clock);
    }
  }

  private clockOf(object: StripeObject): string | undefined {
    if (object.object === 'test_helpers.test_clock') return object.id;
    if (object.object === 'event' || object.object.startsWith('sandbox.')) return undefined;
    if (typeof object.test_clock === 'string') return object.test_clock;
    const customer = typeof object.customer === 'string' ? this.current.find('customer', object.customer) : undefined;
    return customer?.test_clock ?? undefined;
  }
}
