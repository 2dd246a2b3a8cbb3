import { isMissing, stripeErrorOf } from '@turnpike/stripe';
import type Stripe from 'stripe';

/** The most that Stripe gives at once. */
export const EVENTS_PER_PAGE = 100;

/** A page of Stripe's list of events, turned round. */
export interface EventPage {
  /** Oldest first. */
  readonly events: readonly Stripe.Event[];
  /** Whether newer ones lie beyond. */
  readonly hasMore: boolean;
}

/** The events right after one, in the order of Stripe's list. @returns 'gone' when Stripe does not know that one any more */
export async function pageAfter(stripe: Stripe, eventId: string): Promise<EventPage | 'gone'> {
  try {
    const { data, has_more: hasMore } = await stripe.events.list({ limit: EVENTS_PER_PAGE, ending_before: eventId });
    return { events: data.toReversed(), hasMore };
  } catch (error) {
    if (isGone(error)) return 'gone';
    throw error;
  }
}

/**
 * The oldest events that the list has. Stripe's list begins with the newest, so it is walked through once, and only the way is remembered.
 * @param from where an earlier walk had got to @param onPage is told the oldest event of every page that was passed
 */
export async function oldestPage(stripe: Stripe, from: string | null, onPage: (eventId: string) => Promise<void>): Promise<EventPage> {
  let after = from;
  for (;;) {
    const page = await pageBefore(stripe, after);
    const oldest = page?.data.at(-1);
    if (!page || (after !== null && !oldest)) {
      // What we had got to is gone, or has become the oldest: once more from the top.
      after = null;
      continue;
    }
    if (!page.has_more || !oldest) return { events: page.data.toReversed(), hasMore: after !== null };
    after = oldest.id;
    await onPage(after);
  }
}

/** The newest events, back to a time or a number, whichever comes first; and the newest of all, however old. */
export async function latestEvents(
  stripe: Stripe,
  since: Date,
  most: number,
): Promise<{ newest: Stripe.Event | null; events: Stripe.Event[] }> {
  const found: Stripe.Event[] = [];
  let newest: Stripe.Event | null = null;
  for (let after: string | undefined; ;) {
    const page = await stripe.events.list({ limit: EVENTS_PER_PAGE, ...(after === undefined ? {} : { starting_after: after }) });
    newest ??= page.data[0] ?? null;
    const young = page.data.filter((event) => event.created * 1000 >= since.getTime());
    found.push(...young);
    after = page.data.at(-1)?.id;
    if (!page.has_more || young.length === 0 || found.length >= most) return { newest, events: found.reverse() };
  }
}

export async function newestEventId(stripe: Stripe): Promise<string | null> {
  return (await stripe.events.list({ limit: 1 })).data[0]?.id ?? null;
}

/** @returns null when Stripe does not know that event any more */
async function pageBefore(stripe: Stripe, eventId: string | null) {
  try {
    return await stripe.events.list({ limit: EVENTS_PER_PAGE, ...(eventId === null ? {} : { starting_after: eventId }) });
  } catch (error) {
    if (eventId !== null && isGone(error)) return null;
    throw error;
  }
}

/** Stripe says 404 or 400, and `resource_missing` with both. */
function isGone(error: unknown): boolean {
  return isMissing(error) || stripeErrorOf(error)?.code === 'resource_missing';
}
