import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Delivery, FAMILIES, type History, type Kind, type Step } from './histories.js';
import { bodyOf, StripeAccount } from './stripe-account.js';

const ONCE: Delivery = { delaysMs: [0], skewSeconds: 0, isToldTwice: false };
const [family] = FAMILIES;

let now: number;
let account: StripeAccount;
beforeEach(() => {
  now = 1_800_000_000_000;
  account = new StripeAccount(3, 1, () => now);
});

function aHistory(kind: Kind, items = 1): History {
  if (!family) throw new Error('There is no family.');
  return { number: 7, family, kind, items, steps: [] };
}

const types = (history: History, ...changes: Step['change'][]) =>
  changes.flatMap((change) => account.apply(history, change, ONCE).map(({ type }) => type));

describe('an account at the model of Stripe', () => {
  it('lets chosen ids be used again, and ends customers and subscriptions for ever', () => {
    expect(types(aHistory('product'), { a: 1 }, 'delete', { a: 2 })).toEqual(['product.created', 'product.deleted', 'product.created']);
    expect(types(aHistory('customer'), { a: 1 }, 'delete', { a: 2 })).toEqual(['customer.created', 'customer.deleted']);
    expect(types(aHistory('subscription'), { a: 1 }, 'delete', { a: 2 })).toEqual([
      'customer.subscription.created',
      'customer.subscription.deleted',
    ]);
    expect(account.retrieved('cus_A3N7')).toEqual({ id: 'cus_A3N7', object: 'customer', deleted: true });
    expect(account.retrieved('sub_A3N7')).toMatchObject({ status: 'canceled' });
    types(aHistory('product'), 'delete');
    expect(account.retrieved('chosen-A3N7')).toBeNull();
  });

  it('says what was before a change, and nothing where nothing changed', () => {
    const customer = aHistory('customer');
    account.apply(customer, { a: 0, b: 0 }, ONCE);
    expect(account.apply(customer, { a: 0 }, ONCE)).toEqual([]);
    const [updated] = account.apply(customer, { a: 1 }, { ...ONCE, skewSeconds: -1 });
    expect(updated && bodyOf(updated)).toMatchObject({
      type: 'customer.updated',
      created: now / 1000 - 1,
      data: { object: { name: 'Grace' }, previous_attributes: { name: 'Ada' } },
    });
  });

  it('embeds ten items of a subscription, and lists all', () => {
    const [created] = account.apply(aHistory('subscription', 12), { a: 0, b: 2 }, ONCE);
    expect(created && bodyOf(created)).toMatchObject({ data: { object: { items: { has_more: true, total_count: 12 } } } });
    expect(account.itemsOf('sub_A3N7')?.map((item) => item['quantity'])).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3]);
  });

  it('pages its events from either end, newest first', () => {
    const product = aHistory('product');
    const ids = [0, 1, 2, 0, 1].flatMap((a) => account.apply(product, { a: a === 0 ? 0 : a === 1 ? 1 : 2 }, ONCE).map(({ id }) => id));
    const page = (limit: number, endingBefore: string | null, startingAfter: string | null) => {
      const found = account.events({ limit, endingBefore, startingAfter });
      return found && { ids: found.data.map(({ id }) => ids.indexOf(String(id))), hasMore: found.hasMore };
    };
    expect(page(2, null, null)).toEqual({ ids: [4, 3], hasMore: true });
    expect(page(2, null, ids[3] ?? '')).toEqual({ ids: [2, 1], hasMore: true });
    expect(page(2, ids[0] ?? '', null)).toEqual({ ids: [2, 1], hasMore: true });
    expect(page(9, ids[2] ?? '', null)).toEqual({ ids: [4, 3], hasMore: false });
    expect(page(9, 'evt_of_another', null)).toBeNull();
  });

  it('lists events by their stamps: one that is stamped a second early may stand behind one that was listed before', () => {
    const product = aHistory('product');
    const [first] = account.apply(product, { a: 0 }, { ...ONCE, skewSeconds: 1 });
    const [second] = account.apply(product, { a: 1 }, { ...ONCE, skewSeconds: -1 });
    expect(account.events({ limit: 9, endingBefore: null, startingAfter: null })?.data.map(({ id }) => id)).toEqual([
      first?.id,
      second?.id,
    ]);
    expect(account.events({ limit: 9, endingBefore: first?.id ?? '', startingAfter: null })?.data).toEqual([]);
  });
});
