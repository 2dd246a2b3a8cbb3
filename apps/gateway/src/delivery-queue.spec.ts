import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@turnpike/service';
import { DeliveryQueue, type DeliveryQueueOptions } from './delivery-queue.js';

/** A store that remembers its batches, and lets each go when the test says so. */
class Store {
  readonly batches: { lane: string; items: string[]; finish: () => void; fail: (error: unknown) => void }[] = [];
  readonly store = (lane: string, items: readonly string[]): Promise<string[]> =>
    new Promise((resolve, reject) =>
      this.batches.push({ lane, items: [...items], finish: () => resolve(items.map((item) => `${item}!`)), fail: reject }),
    );
}

function aQueue(store: Store['store'], changes: Partial<DeliveryQueueOptions<string, string>> = {}): DeliveryQueue<string, string> {
  return new DeliveryQueue<string, string>({ store, mostPerBatch: 4, mostAtOncePerLane: 1, mostAtOnce: 2, ...changes });
}

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
const inOrder = (store: Store) => store.batches.map(({ lane, items }) => `${lane}: ${items.join(' ')}`);

describe('deliveries', () => {
  it('that arrive in one turn go together at once, those that come meanwhile gather', async () => {
    const store = new Store();
    const queue = aQueue(store.store);
    const results = ['a', 'b'].map((item) => queue.add('acme', item, 1));
    await turn();
    expect(inOrder(store)).toEqual(['acme: a b']);
    results.push(...['c', 'd', 'e', 'f', 'g'].map((item) => queue.add('acme', item, 1)));
    await turn();
    expect(store.batches).toHaveLength(1);
    store.batches[0]?.finish();
    await turn();
    expect(inOrder(store)).toEqual(['acme: a b', 'acme: c d e f']);
    store.batches[1]?.finish();
    await turn();
    store.batches[2]?.finish();
    expect(await Promise.all(results)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!', 'f!', 'g!']);
  });

  it('of one organization do not hold up another’s', async () => {
    const store = new Store();
    const queue = aQueue(store.store, { mostAtOnce: 1 });
    for (let at = 0; at < 8; at++) void queue.add('busy', `b${at}`, 1);
    void queue.add('quiet', 'q', 1);
    await turn();
    for (let at = 0; at < 3; at++) {
      store.batches[at]?.finish();
      await turn();
    }
    expect(inOrder(store)).toEqual(['busy: b0 b1 b2 b3', 'quiet: q', 'busy: b4 b5 b6 b7']);
  });

  it('are cut into batches by their weight, too', async () => {
    const store = new Store();
    const queue = aQueue(store.store, { mostBytesPerBatch: 10 });
    for (const [item, bytes] of [
      ['a', 6],
      ['b', 6],
      ['c', 4],
      ['huge', 50],
    ] as const)
      void queue.add('acme', item, bytes);
    for (let at = 0; at < 3; at++) {
      await turn();
      store.batches[at]?.finish();
    }
    expect(inOrder(store)).toEqual(['acme: a', 'acme: b c', 'acme: huge']);
  });

  it('are refused when more wait than memory should hold', async () => {
    const store = new Store();
    const queue = aQueue(store.store, { mostWaitingBytes: 10 });
    const first = queue.add('acme', 'a', 8);
    await expect(queue.add('acme', 'b', 8)).rejects.toBeInstanceOf(Unavailable);
    await turn();
    store.batches[0]?.finish();
    expect(await first).toBe('a!');
    const later = queue.add('acme', 'c', 8);
    await turn();
    store.batches[1]?.finish();
    expect(await later).toBe('c!');
  });
});

describe('a batch that fails', () => {
  it('is tried one by one, and only the bad one fails', async () => {
    const tried: string[][] = [];
    const queue = aQueue(async (_, items) => {
      tried.push([...items]);
      if (items.includes('bad')) throw new Error('bad');
      return items.map((item) => `${item}!`);
    });
    const results = await Promise.allSettled(['a', 'bad', 'c'].map((item) => queue.add('acme', item, 1)));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(tried).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
  });

  it('because the database is away is not tried one by one', async () => {
    let tries = 0;
    const queue = aQueue(async () => {
      tries += 1;
      throw new Unavailable('The database');
    });
    const results = await Promise.allSettled(['a', 'b', 'c'].map((item) => queue.add('acme', item, 1)));
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(tries).toBe(1);
  });

  it('and meets an outage while it is tried one by one gives the rest up', async () => {
    let tries = 0;
    const queue = aQueue(async (_, items) => {
      tries += 1;
      if (tries === 1) throw new Error('some reason');
      if (tries === 3) throw new Unavailable('The database');
      return items.map((item) => `${item}!`);
    });
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((item) => queue.add('acme', item, 1)));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(tries).toBe(3);
  });
});

describe('a database that has fallen silent', () => {
  it('makes nobody wait longer than patience lasts, neither in a batch nor behind one', async () => {
    const store = new Store();
    const queue = aQueue(store.store, { patienceMs: 50 });
    const begun = performance.now();
    const inBatch = queue.add('acme', 'a', 1);
    await turn();
    const behind = queue.add('acme', 'b', 1);
    await expect(inBatch).rejects.toBeInstanceOf(Unavailable);
    await turn();
    store.batches[1]?.finish();
    await Promise.allSettled([behind]);
    expect(performance.now() - begun).toBeLessThan(500);
    const after = queue.add('acme', 'c', 1);
    await turn();
    store.batches.at(-1)?.finish();
    expect(await after).toBe('c!');
  });
});
