import type { StripeObject } from '../state.js';
import { DAY } from './calendar.js';
import type { Subscription } from './subscription.js';
import type { Transition } from './transition.js';

/** Remembers that the end of a trial was announced, and which: a trial that is prolonged is announced again. */
export interface TrialWarning extends StripeObject {
  readonly object: 'sandbox.trial_warning';
  readonly trial_end: number;
}
declare module '../state.js' {
  interface Kinds {
    'sandbox.trial_warning': TrialWarning;
  }
}

/** `customer.subscription.trial_will_end` comes three days before, or at once when the trial is shorter (K10). */
const WARNED_BEFORE = 3 * DAY;

export function warningDueAt(t: Pick<Transition, 'find'>, subscription: Subscription): number | undefined {
  if (subscription.status !== 'trialing' || subscription.trial_end === null) return undefined;
  if (t.find('sandbox.trial_warning', subscription.id)?.trial_end === subscription.trial_end) return undefined;
  return subscription.trial_end - WARNED_BEFORE;
}

/** Announces the end of the subscription's trial if it is near. */
export function warnOfTrialEnd(t: Transition, id: string): void {
  const subscription = t.find('subscription', id);
  const dueAt = subscription && warningDueAt(t, subscription);
  if (subscription === undefined || dueAt === undefined || dueAt > t.at || subscription.trial_end === null) return;
  t.keep({ id, object: 'sandbox.trial_warning', trial_end: subscription.trial_end });
  t.tell('customer.subscription.trial_will_end', subscription);
}
