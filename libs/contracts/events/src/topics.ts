import { CustomerChanged } from './customers/customer-changed.js';
import { CustomersDeadLetters } from './customers/dead-letters.js';
import { SubscriptionChanged } from './customers/subscription-changed.js';
import type { Topic } from './define-topic.js';
import { StripeEventReceived } from './gateway/stripe-event-received.js';

/** Every topic there is. A topic that is not here is not made on the broker, has no schema, and nobody may announce on it. */
export const TOPICS = [StripeEventReceived, CustomerChanged, SubscriptionChanged, CustomersDeadLetters] as const satisfies readonly Topic[];

const byName: ReadonlyMap<string, Topic> = new Map(TOPICS.map((topic) => [topic.name, topic]));

/** Undefined for a name that no contract has. */
export function topicByName(name: string): Topic | undefined {
  return byName.get(name);
}
