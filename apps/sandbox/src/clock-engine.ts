import { type Due, duesOf, type Rank } from './billing/due.js';
import { Transition } from './billing/transition.js';
import type { Change, ClockEngine, State } from './state.js';

/**
 * What the passing of time does to billing: the earliest thing that is due happens first, at its own time, and may make others due.
 * An advance of a year is the same steps as twelve of a month (P7), and one that was cut goes on from the state alone.
 */
export const clockEngine: ClockEngine = {
  nextDueAt: (state, clock) => earliest(state, clock)?.at,

  nextStep(state, clock, until): Change | undefined {
    const due = earliest(state, clock);
    if (due === undefined || due.at > until) return undefined;
    const t = new Transition(state, due.at, true);
    due.run(t);
    return t.end();
  },
};

function earliest(state: State, clock: string | null): Due | undefined {
  let first: Due | undefined;
  for (const due of duesOf(state, clock)) if (first === undefined || isBefore(due, first)) first = due;
  return first;
}

const ORDER: readonly Rank[] = ['end', 'announce', 'period', 'finalize', 'collect', 'settle'];

function isBefore(one: Due, other: Due): boolean {
  return one.at === other.at ? ORDER.indexOf(one.rank) < ORDER.indexOf(other.rank) : one.at < other.at;
}
