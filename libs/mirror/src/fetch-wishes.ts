import { traceparent, type Transaction } from '@turnpike/service';
import { fetchDueAt, type Known } from '@turnpike/stripe';
import { type FetchWish, wish } from './fetch-queue.js';
import { keyOf, type StripeObject } from './stripe-object.js';

export interface Remembered {
  readonly object: StripeObject;
  readonly type: string;
  readonly known: Known;
  /** Null when nothing was known of it. */
  readonly before: Known | null;
}

/** What the transactions of a mirror wish to have looked up: written once, before each commits. */
export class FetchWishes {
  private readonly wishes = new WeakMap<Transaction, Map<string, FetchWish>>();

  /** @param wakeAt told after a commit when the soonest of its objects is due (epoch ms) */
  constructor(private readonly wakeAt: (at: number) => void) {}

  add(transaction: Transaction, { object, type, known, before }: Remembered): void {
    const wishes = this.of(transaction);
    const key = keyOf(type, object);
    const { counter, unverified: isUnverified } = known;
    const wasUnverified = before?.unverified === true || wishes.get(key)?.wasUnverified === true;
    wishes.set(key, { object, type, dueAt: fetchDueAt(known), counter, isUnverified, wasUnverified, traceparent: traceparent() });
  }

  private of(transaction: Transaction): Map<string, FetchWish> {
    const known = this.wishes.get(transaction);
    if (known) return known;
    const all = new Map<string, FetchWish>();
    this.wishes.set(transaction, all);
    transaction.beforeCommit('stripe fetches', () => wish(transaction, [...all.values()]));
    transaction.afterCommit('stripe fetches', () => {
      const soonest = Math.min(...[...all.values()].map(({ dueAt }) => dueAt ?? Infinity));
      if (soonest < Infinity) this.wakeAt(soonest);
    });
    return all;
  }
}

/** Whether a change of what is known of an object is one of what is to be looked up, or could not be. */
export function isWish({ known, before }: Pick<Remembered, 'known' | 'before'>): boolean {
  const isInDoubt = (one: Known | null) => one !== null && (one.unverified || fetchDueAt(one) !== null);
  return isInDoubt(known) || isInDoubt(before);
}
