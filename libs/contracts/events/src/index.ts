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
export { DeadLetterData, defineDeadLetters } from './define-dead-letters.js';
export { type Burial, type DataOf, defineTopic, type EventOf, type Topic, type TopicKind, writerOf } from './define-topic.js';
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
export { StripeEventReceived } from './gateway/stripe-event-received.js';
export { PARTITIONS, partitionOf } from './partition.js';
export { Environment, ENVIRONMENTS, OrganizationId, Scope } from './scope.js';
export { TOPICS, topicByName } from './topics.js';
export { compareVersions, isNewer, Version } from './version.js';
