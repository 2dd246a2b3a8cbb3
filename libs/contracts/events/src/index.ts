export { CatalogDeadLetters } from './catalog/dead-letters.js';
export { AccessPolicy, FeatureGrant, PlanPrice, PlanVersionChanged } from './catalog/plan-version-changed.js';
export { CatalogSyncChanged } from './catalog/sync-changed.js';
export { ConnectionChanged, ConnectionStatus, IngestMode } from './connections/connection-changed.js';
export { ConnectionsDeadLetters } from './connections/dead-letters.js';
export { ClockChanged } from './customers/clock-changed.js';
export { CustomerChanged } from './customers/customer-changed.js';
export { CustomersDeadLetters } from './customers/dead-letters.js';
export { Standing } from './customers/standing.js';
export {
  CancelReason,
  CollectionMethod,
  SubscriptionChanged,
  SubscriptionItem,
  SubscriptionStatus,
} from './customers/subscription-changed.js';
export { WorkspaceChanged, WorkspaceMember } from './customers/workspace-changed.js';
export { DeadLetterData, defineDeadLetters } from './define-dead-letters.js';
export { type Burial, type DataOf, defineTopic, type EventOf, type Topic, type TopicKind, writerOf } from './define-topic.js';
export { AccessChanged, AccessLevel, AccessMove, AccessSource, AccessStretch } from './entitlements/access-changed.js';
export { EntitlementsDeadLetters } from './entitlements/dead-letters.js';
export {
  type Envelope,
  type EnvelopeFields,
  MalformedEnvelope,
  MAX_BODY_BYTES,
  parseHeaders,
  toHeaders,
  wireKey,
  withoutScope,
} from './envelope.js';
export { type JsonValue, JsonObject } from './fields.js';
export { GatewayDeadLetters } from './gateway/dead-letters.js';
export { HistoryGapCause, HistoryGapFound } from './gateway/history-gap-found.js';
export { StripeEventReceived } from './gateway/stripe-event-received.js';
export { NotificationsDeadLetters } from './notifications/dead-letters.js';
export { NotificationSent } from './notifications/notification-sent.js';
export { ApiKeyChanged } from './organizations/api-key-changed.js';
export { OrganizationChanged } from './organizations/organization-changed.js';
export { PARTITIONS, partitionOf } from './partition.js';
export { PaymentsDeadLetters } from './payments/dead-letters.js';
export { InvoiceChanged, PaymentFailure } from './payments/invoice-changed.js';
export { PaymentChanged } from './payments/payment-changed.js';
export { Environment, ENVIRONMENTS, OrganizationId, Scope } from './scope.js';
export { TOPICS, topicByName } from './topics.js';
export { compareVersions, isNewer, Version } from './version.js';
