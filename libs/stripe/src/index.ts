export type { JsonObject, JsonValue } from './json.js';
export { isJsonObject, sameJson } from './json.js';
export type { SignatureRefusal, SignatureVerdict, SignedDelivery } from './signature.js';
export { SIGNATURE_TOLERANCE_SECONDS, verifySignature } from './signature.js';
export type { StripeEvent, StripeEventReading, StripeEventRefusal } from './stripe-event.js';
export { fromStripeEvent, readStripeEvent } from './stripe-event.js';
export { withoutSecrets } from './without-secrets.js';
export type {
  CheckReason,
  Decision,
  DirtyMark,
  DirtyReason,
  FetchAnswer,
  Known,
  OutsideReason,
  StripeChange,
} from './convergence.rules.js';
export { TIE_SECONDS, whatToDoWith } from './convergence.rules.js';
export { afterEvent, afterFetch, FETCH_EVERY_MS, fetchDueAt, markedDirty, MISSING_FOR_MS, SETTLE_MS } from './known.rules.js';
export type {
  CancelReason,
  CollectionMethod,
  NormalisedSubscription,
  NormalisedSubscriptionItem,
  PriceInterval,
  SubscriptionStatus,
  UsageType,
} from './subscription.mapping.js';
export { fromStripeSubscription, isWholeStripeSubscription } from './subscription.mapping.js';
export type { NormalisedCustomer } from './customer.mapping.js';
export { fromStripeCustomer } from './customer.mapping.js';
export { previousOfStripeCustomer, previousOfStripeSubscription } from './previous.mapping.js';
export type { ObjectOfEvent, StripeHint } from './stripe-change.mapping.js';
export { fromCustomerHint, fromSubscriptionHint, objectOfEvent } from './stripe-change.mapping.js';
export { UnknownStripeValue } from './unknown-stripe-value.error.js';
export { UnreadableStripeObject } from './unreadable-stripe-object.error.js';
