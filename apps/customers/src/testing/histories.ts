import type { StripeEventReceived } from '@turnpike/contracts-events';
import type { JsonObject } from '@turnpike/stripe';
import { aCustomer, anEvent, aSubscription } from './stripe-events.js';

/** The same draw in every run, so that a failure can be looked at. */
export function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** In order but for every sixth, which may come at any time. */
export function delayed<T>(list: readonly T[], draw: () => number): T[] {
  return list
    .map((value, at) => ({ value, at: draw() < 1 / 6 ? draw() * list.length : at }))
    .sort((left, right) => left.at - right.at)
    .map(({ value }) => value);
}

/** What happened to one object. */
export interface History {
  readonly stripeId: string;
  readonly events: StripeEventReceived[];
  /** What is shown when nothing is in doubt any more. */
  readonly truth: { name?: string; status?: string };
  /** What Stripe's API answers at the end. */
  readonly object: JsonObject;
}

const GAPS = [0, 1, 2, 3, 5, 60];
const STATUSES = ['active', 'past_due', 'unpaid', 'paused'];

function customerHistory(at: number, draw: () => number): History {
  const stripeId = `cus_h${at}`;
  const events = [anEvent('customer.created', aCustomer(stripeId, { name: 'v0' }))];
  let [clock, name] = [0, 'v0'];
  const length = 1 + Math.floor(draw() * 5);
  for (let step = 1; step <= length; step += 1) {
    clock += GAPS[Math.floor(draw() * GAPS.length)]!;
    const next = `v${Math.floor(draw() * 3)}`; // few values, so that states come back
    events.push(
      anEvent('customer.updated', aCustomer(stripeId, { name: next }), clock, {
        previousAttributes: next === name ? { email: 'x@example.com' } : { name },
      }),
    );
    name = next;
  }
  return { stripeId, events, truth: { name }, object: aCustomer(stripeId, { name }) };
}

function subscriptionHistory(at: number, draw: () => number): History {
  const [stripeId, customer] = [`sub_h${at}`, `cus_h${at}`];
  const events = [anEvent('customer.subscription.created', aSubscription(stripeId, customer, { status: 'active' }))];
  let [clock, status] = [0, 'active'];
  const length = 1 + Math.floor(draw() * 4);
  for (let step = 1; step <= length; step += 1) {
    clock += GAPS[Math.floor(draw() * GAPS.length)]!;
    const next = STATUSES[Math.floor(draw() * STATUSES.length)]!;
    events.push(
      anEvent('customer.subscription.updated', aSubscription(stripeId, customer, { status: next }), clock, {
        previousAttributes: next === status ? { quantity: 1 } : { status },
      }),
    );
    status = next;
  }
  if (draw() < 0.3) {
    clock += GAPS[Math.floor(draw() * GAPS.length)]!;
    events.push(anEvent('customer.subscription.deleted', aSubscription(stripeId, customer, { status: 'canceled' }), clock));
    status = 'canceled';
  }
  return { stripeId, events, truth: { status }, object: aSubscription(stripeId, customer, { status }) };
}

/** So many customers, with a subscription each. */
export function historiesOf(count: number, draw: () => number): History[] {
  return Array.from({ length: count }, (_, at) => [customerHistory(at, draw), subscriptionHistory(at, draw)]).flat();
}

/** All their events, every third of them twice. */
export function copied(histories: readonly History[], draw: () => number): StripeEventReceived[] {
  return histories.flatMap(({ events }) => events.flatMap((event) => (draw() < 0.3 ? [event, event] : [event])));
}
