import { CatalogDeadLetters } from './catalog/dead-letters.js';
import { PlanVersionChanged } from './catalog/plan-version-changed.js';
import { CatalogSyncChanged } from './catalog/sync-changed.js';
import { ConnectionChanged } from './connections/connection-changed.js';
import { ConnectionsDeadLetters } from './connections/dead-letters.js';
import { ClockChanged } from './customers/clock-changed.js';
import { CustomerChanged } from './customers/customer-changed.js';
import { CustomersDeadLetters } from './customers/dead-letters.js';
import { SubscriptionChanged } from './customers/subscription-changed.js';
import { WorkspaceChanged } from './customers/workspace-changed.js';
import type { Topic } from './define-topic.js';
import { AccessChanged } from './entitlements/access-changed.js';
import { EntitlementsDeadLetters } from './entitlements/dead-letters.js';
import { GatewayDeadLetters } from './gateway/dead-letters.js';
import { HistoryGapFound } from './gateway/history-gap-found.js';
import { StripeEventReceived } from './gateway/stripe-event-received.js';
import { NotificationsDeadLetters } from './notifications/dead-letters.js';
import { NotificationSent } from './notifications/notification-sent.js';
import { ApiKeyChanged } from './organizations/api-key-changed.js';
import { OrganizationChanged } from './organizations/organization-changed.js';
import { PaymentsDeadLetters } from './payments/dead-letters.js';
import { InvoiceChanged } from './payments/invoice-changed.js';
import { PaymentChanged } from './payments/payment-changed.js';

/** Every topic there is. A topic that is not here is not made on the broker, has no schema, and nobody may announce on it. */
export const TOPICS = [
  OrganizationChanged,
  ApiKeyChanged,
  ConnectionChanged,
  StripeEventReceived,
  HistoryGapFound,
  PlanVersionChanged,
  CatalogSyncChanged,
  CustomerChanged,
  WorkspaceChanged,
  SubscriptionChanged,
  ClockChanged,
  InvoiceChanged,
  PaymentChanged,
  AccessChanged,
  NotificationSent,
  CatalogDeadLetters,
  ConnectionsDeadLetters,
  CustomersDeadLetters,
  EntitlementsDeadLetters,
  GatewayDeadLetters,
  NotificationsDeadLetters,
  PaymentsDeadLetters,
] as const satisfies readonly Topic[];

const byName: ReadonlyMap<string, Topic> = new Map(TOPICS.map((topic) => [topic.name, topic]));

/** Undefined for a name that no contract has. */
export function topicByName(name: string): Topic | undefined {
  return byName.get(name);
}
