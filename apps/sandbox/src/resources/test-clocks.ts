import { made, removed, unchanged, updated } from '../change.js';
import { integer, required, text, timestamp } from '../parameters.js';
import { type Answer, listed, type Resource, route, shown } from '../route.js';
import type { Change, State, StripeObject } from '../state.js';
import { invalidRequest, missingObject, StripeError } from '../stripe-error.js';

/** Test clocks: objects made with one live at its frozen time, and move on only when it is told to (checklist P). */
export interface TestClock extends StripeObject {
  readonly object: typeof KIND;
  readonly created: number;
  readonly deletes_after: number;
  readonly frozen_time: number;
  readonly livemode: false;
  readonly name: string | null;
  readonly status: 'ready' | 'advancing' | 'internal_failure';
  /** The target stands here while the clock advances, so that an advance that was cut goes on from the state alone. */
  readonly status_details: { readonly advancing?: { readonly target_frozen_time: number } };
}
declare module '../state.js' {
  interface Kinds {
    'test_helpers.test_clock': TestClock;
  }
}

const KIND = 'test_helpers.test_clock';
const PATH = '/v1/test_helpers/test_clocks';
const DAY = 86_400;
/** P2: clocks go after 30 days. */
const LIFE = 30 * DAY;
/** P1: a clock whose customers have no subscription moves two years at most. */
const TWO_YEARS = 2 * 365 * DAY;

/** The time an object lives at: its clock's, or the wall clock's when it has none. */
export function timeOf(state: State, testClock: string | null | undefined, now: number): number {
  if (testClock === null || testClock === undefined) return now;
  return state.find(KIND, testClock)?.frozen_time ?? now;
}

export function isAdvancing(state: State, testClock: string): boolean {
  return state.find(KIND, testClock)?.status === 'advancing';
}

/** The advance is over: everything due until its target was done. */
export function advanced(state: State, clock: TestClock): Change {
  const frozen_time = clock.status_details.advancing?.target_frozen_time ?? clock.frozen_time;
  const ready: TestClock = { ...clock, frozen_time, status: 'ready', status_details: {} };
  return updated(unchanged(state), ready, { type: `${KIND}.ready`, at: frozen_time });
}

/** The advance met a fault of the sandbox itself, and stays where it was. */
export function brokenDown(state: State, clock: TestClock): Change {
  const broken: TestClock = { ...clock, status: 'internal_failure', status_details: {} };
  return updated(unchanged(state), broken, { type: `${KIND}.internal_failure`, at: clock.frozen_time });
}

/** P4: nothing of a clock's may be written while it advances. */
export function advancementUnderway(clock: string): StripeError {
  return new StripeError({
    status: 429,
    type: 'invalid_request_error',
    message: `Test clock advancement underway - cannot perform modifications: ${clock}`,
  });
}

function found(state: State, id: string): TestClock {
  const clock = state.find(KIND, id);
  if (clock === undefined) throw missingObject('test clock', id, 'test_clock');
  return clock;
}

function checkTarget(state: State, clock: TestClock, target: number): void {
  if (target <= clock.frozen_time) {
    throw invalidRequest('frozen_time must be after the current frozen_time of the test clock.', { param: 'frozen_time' });
  }
  const longest = clock.frozen_time + (shortestTwoIntervals(state, clock.id) ?? TWO_YEARS);
  if (target > longest) {
    throw invalidRequest(
      'You can only advance the test clock by up to two intervals of its shortest subscription at once, or two years when it has none.',
      { param: 'frozen_time' },
    );
  }
}

const DAYS_OF: Readonly<Record<string, number>> = { day: 1, week: 7, month: 31, year: 366 };

/** Seconds; undefined: the clock has no subscription. Read loosely, since what a subscription is stands elsewhere. */
function shortestTwoIntervals(state: State, clock: string): number | undefined {
  const lengths: number[] = [];
  for (const item of state.listAny('subscription')) {
    if (item.test_clock !== clock || item.status === 'canceled' || item.status === 'incomplete_expired') continue;
    for (const { interval, count } of intervalsOf(item)) lengths.push((DAYS_OF[interval] ?? 31) * count * 2 * DAY);
  }
  return lengths.length === 0 ? undefined : Math.min(...lengths);
}

function intervalsOf(subscription: StripeObject): Array<{ interval: string; count: number }> {
  const items: unknown = property(property(subscription, 'items'), 'data');
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const recurring = property(property(item, 'price'), 'recurring');
    const interval = property(recurring, 'interval');
    const count = property(recurring, 'interval_count');
    return typeof interval === 'string' ? [{ interval, count: typeof count === 'number' ? count : 1 }] : [];
  });
}

function property(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Object.entries(of).find(([key]) => key === name)?.[1] : undefined;
}

/** Also what happens 30 days after a clock's making. */
export function deletedClock(state: State, clock: TestClock): Change {
  return removed(unchanged(state), KIND, clock.id, { type: `${KIND}.deleted`, at: clock.frozen_time });
}

export const testClocks: Resource = {
  kind: KIND,
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: 'test_clock',
      parameters: { frozen_time: required(timestamp()), name: text({ max: 300 }) },
      run(state, { parameters, now }): Answer {
        const clock: TestClock = {
          id: state.newId('clock'),
          object: KIND,
          created: now,
          deletes_after: now + LIFE,
          frozen_time: parameters.frozen_time,
          livemode: false,
          name: parameters.name ?? null,
          status: 'ready',
          status_details: {},
        };
        return { ...made(unchanged(state), clock, { type: `${KIND}.created`, at: clock.frozen_time }), body: clock };
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: 'test_clock',
      parameters: {},
      run: (state, { path }) => shown(state, found(state, path.id ?? '')),
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: 'test_clock',
      lists: true,
      parameters: {},
      run: (state) => listed(state, state.list(KIND), PATH, 'test clock'),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/advance`,
      permission: 'test_clock',
      parameters: { frozen_time: required(integer()) },
      run(state, { path, parameters }): Answer {
        const clock = found(state, path.id ?? '');
        if (clock.status === 'advancing') throw advancementUnderway(clock.id);
        checkTarget(state, clock, parameters.frozen_time);
        const advancing: TestClock = {
          ...clock,
          status: 'advancing',
          status_details: { advancing: { target_frozen_time: parameters.frozen_time } },
        };
        return { ...updated(unchanged(state), advancing, { type: `${KIND}.advancing`, at: clock.frozen_time }), body: advancing };
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      permission: 'test_clock',
      parameters: {},
      run(state, { path }): Answer {
        const clock = found(state, path.id ?? '');
        return { ...deletedClock(state, clock), body: { id: clock.id, object: KIND, deleted: true } };
      },
    }),
  ],
};
