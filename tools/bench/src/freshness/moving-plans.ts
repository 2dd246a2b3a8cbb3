import { subscriptionCreated } from '../ingest/bodies.js';

/** Subscriptions that go round some plans: by what the check API answers of one feature, each move can be seen. */
export const FEATURE = 'seats';
/** Twice as many as a subscription moves while it is waited for, so that one who is far behind is never taken for one who is ahead. */
const PLANS = 64;
export const PRICES: readonly string[] = Array.from({ length: PLANS }, (_, plan) => `price_${plan}`);
export const SEATS: readonly number[] = PRICES.map((_, plan) => 5 * (plan + 1));
/** Above Stripe's own doubt about the order of two events of one object (two seconds). */
export const SECONDS_BETWEEN_MOVES = 4;

export function stripeCustomer(at: number): string {
  return `cus_${customerName(at)}`;
}

/** What bodies.ts makes the customer's id of. */
export function customerName(at: number): string {
  return `F${at}`;
}

export function priceAt(move: number): string {
  return `price_${move % PLANS}`;
}

export function seatsAt(move: number): number {
  return 5 * (1 + (move % PLANS));
}

/** Whether an answer shows this move, or one that came after it. */
export function shows(seats: unknown, move: number): boolean {
  for (let later = move; later < move + PLANS / 2; later++) if (seats === seatsAt(later)) return true;
  return false;
}

/** The event that tells of a subscription's n-th move; the 0th creates it. @param begin epoch seconds of the 0th */
export function moveEvent(at: number, move: number, begin: number): string {
  const created = begin + move * SECONDS_BETWEEN_MOVES;
  const event: { id: string; type: string; created: number; data: { object: { items: { data: Array<{ price: { id: string } }> } } } } =
    JSON.parse(subscriptionCreated(`F${at}`, customerName(at), begin));
  event.id = `evt_F${at}M${move}B${begin}`;
  event.created = created;
  if (move > 0) event.type = 'customer.subscription.updated';
  for (const item of event.data.object.items.data) item.price.id = priceAt(move);
  return JSON.stringify(event, null, 2);
}
