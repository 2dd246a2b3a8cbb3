import type { CancelReason, SubscriptionChanged, SubscriptionItem } from '@turnpike/contracts-events';
import type { SubscriptionResponse } from '@turnpike/contracts-http';
import { shownOf, standingOf } from '@turnpike/mirror';
import type { CancelReason as StripeCancelReason, Known, NormalisedSubscription, NormalisedSubscriptionItem } from '@turnpike/stripe';
import type { Subscription } from './subscription.entity.js';

/** The columns of a subscription that Stripe decides about; since when it has its status is told from what is known of it over time. */
export type SubscriptionState = Omit<
  Subscription,
  | 'organization'
  | 'environment'
  | 'id'
  | 'customerId'
  | 'connectionId'
  | 'stripeId'
  | 'statusSince'
  | 'trialConvertedAt'
  | 'standingSince'
  | 'versionEpoch'
  | 'versionN'
  | 'createdAt'
  | 'updatedAt'
  | 'revision'
  | symbol
>;

/** Our reasons (requirements 6.2) for those that the Stripe library tells apart. A dispute and what Stripe does not explain are the provider's. */
const CANCEL_REASON: Readonly<Record<StripeCancelReason, CancelReason>> = {
  requested: 'requested',
  payment_failed: 'payment_failed',
  payment_disputed: 'billing_provider',
  billing_provider: 'billing_provider',
  other: 'billing_provider',
};

const ENDED = new Set(['canceled', 'expired']);

/** What is shown of a subscription; null while nothing of it could be read: then not even its customer is known. */
export function fromKnownSubscription(known: Known<NormalisedSubscription>, deletedAt: Date | null): SubscriptionState | null {
  const shown = shownOf(known);
  if (shown === null) return null;
  const { payload } = shown;
  // A deletion whose payload was withheld leaves the last state of its life behind.
  const endedUnseen = known.tombstone && !ENDED.has(payload.status);
  const endedAt = timeOf(payload.endedAt) ?? (endedUnseen ? deletedAt : null);
  const { standing, reasons } = standingOf(known);
  return {
    status: endedUnseen ? 'canceled' : payload.status,
    collectionMethod: payload.collectionMethod,
    items: payload.items.map(toItem),
    itemsAreComplete: shown.isComplete,
    trialEndsAt: timeOf(payload.trialEndAt),
    cancelAt: endedAt === null ? cancelAtOf(payload) : null,
    canceledAt: timeOf(payload.canceledAt),
    endedAt,
    cancelReason: payload.cancelReason === null ? null : CANCEL_REASON[payload.cancelReason],
    currentPeriodStartsAt: timeOf(earliest([payload.currentPeriodStartAt, ...payload.items.map((item) => item.currentPeriodStartAt)])),
    currentPeriodEndsAt: timeOf(latest([payload.currentPeriodEndAt, ...payload.items.map((item) => item.currentPeriodEndAt)])),
    collectionPause: payload.pausedCollection?.behavior ?? null,
    collectionResumesAt: timeOf(payload.pausedCollection?.resumesAt ?? null),
    clockId: payload.testClockId,
    standing,
    standingReasons: reasons,
    deletedAt,
  };
}

/** Stripe has two ways to agree on an end, a date and "when the period is over", and older versions leave the date out of the second. */
function cancelAtOf(payload: NormalisedSubscription): Date | null {
  return timeOf(payload.cancelAt ?? (payload.isCancelAtPeriodEnd ? payload.currentPeriodEndAt : null));
}

function toItem(item: NormalisedSubscriptionItem): SubscriptionItem {
  return {
    // Before items had ids there was one plan, and its id names the only line there can be.
    stripeId: item.itemId ?? item.priceId,
    priceId: item.priceId,
    productId: item.productId,
    quantity: item.quantity,
    currentPeriodStartsAt: item.currentPeriodStartAt,
    currentPeriodEndsAt: item.currentPeriodEndAt,
  };
}

export function toSubscriptionChanged(subscription: Subscription): SubscriptionChanged {
  return {
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    connectionId: subscription.connectionId,
    stripeId: subscription.stripeId,
    status: subscription.status,
    statusSince: textOf(subscription.statusSince),
    trialConvertedAt: textOf(subscription.trialConvertedAt),
    collectionMethod: subscription.collectionMethod,
    items: subscription.items,
    itemsAreComplete: subscription.itemsAreComplete,
    trialEndsAt: textOf(subscription.trialEndsAt),
    cancelAt: textOf(subscription.cancelAt),
    canceledAt: textOf(subscription.canceledAt),
    endedAt: textOf(subscription.endedAt),
    cancelReason: subscription.cancelReason,
    currentPeriodStartsAt: textOf(subscription.currentPeriodStartsAt),
    currentPeriodEndsAt: textOf(subscription.currentPeriodEndsAt),
    clockId: subscription.clockId,
    standing: subscription.standing,
    deletedAt: textOf(subscription.deletedAt),
    version: { epoch: subscription.versionEpoch, n: subscription.versionN },
  };
}

export function toSubscriptionResponse(subscription: Subscription): SubscriptionResponse {
  return {
    id: subscription.id,
    customerId: subscription.customerId,
    connectionId: subscription.connectionId,
    stripeId: subscription.stripeId,
    status: subscription.status,
    statusSince: textOf(subscription.statusSince),
    trialConvertedAt: textOf(subscription.trialConvertedAt),
    collectionMethod: subscription.collectionMethod,
    items: subscription.items,
    itemsAreComplete: subscription.itemsAreComplete,
    trialEndsAt: textOf(subscription.trialEndsAt),
    cancelAt: textOf(subscription.cancelAt),
    canceledAt: textOf(subscription.canceledAt),
    endedAt: textOf(subscription.endedAt),
    cancelReason: subscription.cancelReason,
    currentPeriodStartsAt: textOf(subscription.currentPeriodStartsAt),
    currentPeriodEndsAt: textOf(subscription.currentPeriodEndsAt),
    clockId: subscription.clockId,
    standing: { state: subscription.standing, reasons: subscription.standingReasons, since: textOf(subscription.standingSince) },
    createdAt: subscription.createdAt.toISOString(),
    updatedAt: subscription.updatedAt.toISOString(),
    deletedAt: textOf(subscription.deletedAt),
    version: { epoch: subscription.versionEpoch, n: subscription.versionN },
  };
}

/** ISO 8601 in UTC compares as text. */
function earliest(times: readonly (string | null)[]): string | null {
  return times.filter((time) => time !== null).sort()[0] ?? null;
}

function latest(times: readonly (string | null)[]): string | null {
  return (
    times
      .filter((time) => time !== null)
      .sort()
      .at(-1) ?? null
  );
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

function textOf(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
