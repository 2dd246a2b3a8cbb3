import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Accounts } from './accounts.js';
import { made, unchanged, updated } from './change.js';
import { ClockRunner } from './clock-runner.js';
import { Expander } from './expand.js';
import type { OpenAccount } from './open-account.js';
import { BY_ITSELF } from './resources/event.js';
import { newProduct } from './resources/product.js';
import type { TestClock } from './resources/test-clocks.js';
import { resources } from './resources.js';
import type { ClockEngine, State } from './state.js';
import { Store } from './store.js';
import { eventually } from './testing/started-sandbox.js';

const START = 1_700_000_000;
const STEPS = 200;
const CLOCK: TestClock = {
  id: 'clock_1',
  object: 'test_helpers.test_clock',
  created: START,
  deletes_after: START * 2,
  frozen_time: START,
  livemode: false,
  name: null,
  status: 'ready',
  status_details: {},
};

/** Something is due every second: a product is made, named after its second. Each takes a moment. */
const everySecond: ClockEngine = {
  nextDueAt: () => undefined,
  nextStep(state, clock, until) {
    const second = START + state.list('product').length + 1;
    if (clock === null || second > Math.min(until, START + STEPS)) return undefined;
    const end = performance.now() + 1;
    while (performance.now() < end);
    return made(unchanged(state), newProduct(state, { id: `p${second}`, name: String(second) }, second), {
      type: 'product.created',
      at: second,
    });
  },
};

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  store = Store.open(folder);
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

let ids = 0;
function life(engine: ClockEngine): { account: OpenAccount; clocks: ClockRunner; faults: unknown[] } {
  const faults: unknown[] = [];
  const clocks = new ClockRunner(
    engine,
    () => START * 1000,
    (error) => faults.push(error),
  );
  const counted = (length: number) => String((ids += 1)).padStart(length, '0');
  const accounts = new Accounts(
    store,
    resources,
    new Expander(resources),
    counted,
    () => START,
    (changed) => clocks.watch(changed),
  );
  const account = accounts.all()[0] ?? accounts.get(accounts.create('part'));
  return { account, clocks, faults };
}
const save = (account: OpenAccount, change: (state: State) => State): void => {
  account.commit({ state: change(account.state), events: [] }, BY_ITSELF);
};
const startAdvance = (account: OpenAccount): void =>
  save(account, (state) =>
    state.with({ ...CLOCK, status: 'advancing', status_details: { advancing: { target_frozen_time: START + 10_000 } } }),
  );
const clockOf = (account: OpenAccount): TestClock | undefined => account.state.find('test_helpers.test_clock', CLOCK.id);
const seconds = (account: OpenAccount): number[] => account.state.list('product').map(({ created }) => created - START);
const all = Array.from({ length: STEPS }, (_, index) => index + 1);

describe('an advance', () => {
  it('does all that is due, in order, each once, and lets others in between', async () => {
    const { account, clocks } = life(everySecond);
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);
    startAdvance(account);
    await eventually(() => (clockOf(account)?.status === 'ready' ? true : undefined));
    clearInterval(turning);
    clocks.stop();
    expect(seconds(account)).toEqual(all);
    expect(clockOf(account)).toMatchObject({ frozen_time: START + 10_000, status_details: {} });
    expect(turns).toBeGreaterThan(5);
    const told = account.state.list('event').map(({ type, created }) => [type, created - START]);
    expect(told.slice(-2)).toEqual([
      ['product.created', STEPS],
      ['test_helpers.test_clock.ready', 10_000],
    ]);
  });

  it('that was cut goes on after the restart from what was saved, and does nothing twice', async () => {
    const first = life(everySecond);
    startAdvance(first.account);
    await eventually(() => (seconds(first.account).length > 20 ? true : undefined));
    first.clocks.stop();
    const done = seconds(first.account).length;
    expect(done).toBeLessThan(STEPS);

    store.close();
    store = Store.open(folder);
    const { account, clocks } = life(everySecond);
    expect(seconds(account)).toEqual(all.slice(0, done));
    clocks.watch(account);
    await eventually(() => (clockOf(account)?.status === 'ready' ? true : undefined));
    clocks.stop();
    expect(seconds(account)).toEqual(all);
  });

  it('P4: refuses what is written to its objects meanwhile, and nothing else', () => {
    const { account, clocks } = life(everySecond);
    startAdvance(account);
    clocks.stop();
    const product = newProduct(account.state, { name: 'Pro' }, START);
    expect(() => account.refuseWritesDuringAdvance(account.state.with(product))).not.toThrow();
    const renamed = updated(unchanged(account.state), { ...CLOCK, name: 'mine' }, { at: START }).state;
    expect(() => account.refuseWritesDuringAdvance(renamed)).toThrow(
      'Test clock advancement underway - cannot perform modifications: clock_1',
    );
    expect(() => account.refuseWritesDuringAdvance(account.state.without('test_helpers.test_clock', CLOCK.id))).toThrow('underway');
  });

  it('P3: whose engine breaks leaves the clock as an internal failure', async () => {
    const broken: ClockEngine = {
      nextDueAt: () => undefined,
      nextStep() {
        throw new Error('a fault in here');
      },
    };
    const { account, clocks, faults } = life(broken);
    startAdvance(account);
    await eventually(() => (clockOf(account)?.status === 'internal_failure' ? true : undefined));
    clocks.stop();
    expect(faults).toHaveLength(1);
  });
});
