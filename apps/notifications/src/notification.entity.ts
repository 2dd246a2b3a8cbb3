import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';
import { NOTIFICATION_SCOPES } from './news.rules.js';

/**
 * - `no-address`: nobody has said yet where the customer can be reached.
 * - `waiting`: on its way to a mail server.
 * - `sent`: the mail server took it, or it lies in the mailbox.
 * - `refused`: the mail server said that it never will.
 */
export const NOTIFICATION_STATUSES = ['no-address', 'waiting', 'sent', 'refused'] as const;

/** Something that a customer is told, once for its cause. Never deleted: it is the answer to "were they told?". */
export const Notification = defineEntity({
  name: 'Notification',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    id: p.text().primary(),
    notificationScope: p.enum(NOTIFICATION_SCOPES),
    /** What it is told because of: the same cause is never told twice (architecture rule 2). */
    cause: p.text(),
    /** Ours; null while only Stripe's id of the customer is known. */
    customerId: p.text().strictNullable(),
    connectionId: p.text().strictNullable(),
    stripeCustomerId: p.text().strictNullable(),
    channel: p.enum(['email', 'mailbox']),
    status: p.enum(NOTIFICATION_STATUSES),
    recipient: p.text().strictNullable(),
    subject: p.text(),
    text: p.text(),
    html: p.text(),
    /** Stored before the first try: a second copy of the mail is known by it (road 2.12). */
    messageId: p.text(),
    attempts: p.integer(),
    /** What the mail server said last. */
    lastError: p.text().strictNullable(),
    /** When it happened, by the customer's clock. */
    happenedAt: p.datetime(),
    createdAt: p.datetime(),
    sentAt: p.datetime().strictNullable(),
    revision: p.integer().version(),
  },
  uniques: [{ name: 'notification_cause', properties: ['organization', 'environment', 'cause'] }],
  indexes: [
    { name: 'notification_by_customer', properties: ['organization', 'environment', 'customerId'] },
    { name: 'notification_by_stripe_customer', properties: ['organization', 'environment', 'connectionId', 'stripeCustomerId'] },
  ],
  ...ownRowsOnly,
});
export type Notification = InferEntity<typeof Notification>;
