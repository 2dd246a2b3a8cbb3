export type { JsonObject, JsonValue } from './json.js';
export { isJsonObject, sameJson } from './json.js';
export type { SignatureRefusal, SignatureVerdict, SignedDelivery } from './signature.js';
export { SIGNATURE_TOLERANCE_SECONDS, verifySignature } from './signature.js';
export type { StripeEvent, StripeEventReading, StripeEventRefusal } from './stripe-event.js';
export { fromStripeEvent, readStripeEvent } from './stripe-event.js';
export { enabledEventsOf } from './enabled-events.rules.js';
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
  UnverifiedReason,
} from './convergence.rules.js';
export { isStub, TIE_SECONDS, whatToDoWith } from './convergence.rules.js';
export { afterListed, type ListedDecision, whatToDoWithCompared, whatToDoWithListed } from './listed.rules.js';
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
export { fromCustomerHint, fromSubscriptionHint, fromTestClockHint, objectOfEvent } from './stripe-change.mapping.js';
export type { NormalisedTestClock, TestClockStatus } from './test-clock.mapping.js';
export { fromStripeTestClock } from './test-clock.mapping.js';
export {
  fromStripeInvoice,
  isWholeStripeInvoice,
  type InvoiceStatus,
  type NormalisedFailure,
  type NormalisedInvoice,
  withLastCharge,
} from './invoice.mapping.js';
export { fromStripePaymentIntent, type NormalisedPayment, type PaymentStatus } from './payment-intent.mapping.js';
export { fromInvoiceHint, fromPaymentIntentHint, isAboutInvoice, isAboutPaymentIntent } from './payment-change.mapping.js';
export { fromStripeProduct, type NormalisedProduct } from './product.mapping.js';
export { fromStripePrice, type NormalisedPrice } from './price.mapping.js';
export { fromPriceHint, fromProductHint, isAboutPrice, isAboutProduct } from './catalog-change.mapping.js';
export { UnknownStripeValue } from './unknown-stripe-value.error.js';
export { UnreadableStripeObject } from './unreadable-stripe-object.error.js';
export { ConnectionsDoor, ConnectionUnknown, type StripeCredentials } from './access/connections-door.js';
export { ConnectionNotUsable, StripeAccess } from './access/stripe-access.js';
export {
  type KeyKind,
  type KeyReading,
  modeOf,
  readKey,
  refusalOfAddress,
  STRIPE_API_VERSION,
  STRIPE_URL,
} from './access/stripe-address.rules.js';
export { StripeCalls } from './access/stripe-calls.js';
export { stripeClient, StripeAddressRefused, type StripeClientOptions } from './access/stripe-client.js';
export {
  answeredAt,
  isForbidden,
  isMissing,
  isRateLimited,
  isUnauthorized,
  isUnclear,
  missingPermissionOf,
  retryAfterSecondsOf,
  stripeErrorOf,
  unavailableOr,
} from './access/stripe-failure.js';
