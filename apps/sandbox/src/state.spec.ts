import { describe, expect, it } from '@jest/globals';
import { previousAttributes } from './change.js';
import { API_VERSION } from './render/versions.js';
import { newProduct } from './resources/product.js';
import { State } from './state.js';

let counted = 0;
const settings = {
  businessName: 'Acme',
  country: 'US',
  defaultCurrency: 'usd',
  apiVersion: API_VERSION,
  retryAfterDays: [3],
  afterLastRetry: 'cancel',
} as const;
const empty = (): State =>
  State.from({ account: 'acct_1', settings, objects: [], deleted: [] }, (length) => String((counted += 1)).padStart(length, '0'));
const product = (state: State, id: string, name = id) => newProduct(state, { id, name }, 1);

describe('the state of an account', () => {
  it('is not changed by a change: the old one still shows what was', () => {
    const before = empty();
    const after = before.with(product(before, 'a'));
    expect(before.find('product', 'a')).toBeUndefined();
    expect(after.find('product', 'a')?.name).toBe('a');
    expect(after.without('product', 'a').isDeleted('product', 'a')).toBe(true);
    expect(after.isDeleted('product', 'a')).toBe(false);
  });

  it('lists in the order of making, across saves, changes and deletions', () => {
    let state = empty();
    for (const id of ['a', 'b', 'c']) state = state.with(product(state, id));
    state = state.settled();
    state = state
      .with(product(state, 'd'))
      .with(product(state, 'b', 'changed'))
      .without('product', 'c');
    expect(state.list('product').map(({ name }) => name)).toEqual(['a', 'changed', 'd']);
    expect(
      state
        .settled()
        .list('product')
        .map(({ name }) => name),
    ).toEqual(['a', 'changed', 'd']);
  });

  it('tells what is not saved yet, and nothing after it was', () => {
    const first = empty();
    const state = first.with(product(first, 'a')).settled();
    const changed = state.with(product(state, 'b')).without('product', 'a').withSettings({ businessName: 'Other' });
    const { kept, dropped, settings: saved } = changed.difference();
    expect([kept.map(({ id }) => id), dropped, saved?.businessName]).toEqual([['b'], [{ kind: 'product', id: 'a' }], 'Other']);
    expect(changed.settled().difference()).toEqual({ kept: [], dropped: [], settings: undefined });
  });

  it('cannot be read after a newer one was saved', () => {
    const state = empty();
    state.with(product(state, 'a')).settled();
    expect(() => state.find('product', 'a')).toThrow('settled');
  });

  it('B14: previous attributes are the old values of what changed, hashes in part and arrays whole', () => {
    const before = { a: 1, same: [1], list: [1, 2], hash: { x: 1, y: 2 }, gone: 1 };
    const after = { a: 2, same: [1], list: [1], hash: { x: 1, y: 3, z: 4 }, fresh: 5 };
    expect(previousAttributes(before, after)).toEqual({ a: 1, list: [1, 2], hash: { y: 2, z: null }, gone: 1, fresh: null });
  });
});
