import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';

/** What customers are told about (`<ACTION>.<ENTITY>`). New ones may come. */
const Scope = z.string().regex(/^[A-Z0-9_]+\.[A-Z_]+$/);

/** One thing that a customer was told, or is about to be. */
export const NotificationResponse = z
  .looseObject({
    id: Id,
    notificationScope: Scope,
    /** Our id; null while only Stripe's is known. */
    customerId: z.string().nullable(),
    /** What it is told because of: the same cause is never told twice. */
    cause: z.string(),
    /** `mailbox`: outside live, where nothing reaches a stranger. */
    channel: z.enum(['email', 'mailbox']),
    status: z.enum(['no-address', 'waiting', 'sent', 'refused']),
    recipient: z.string().nullable(),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
    /** The mail's Message-ID: a second copy has the same one. */
    messageId: z.string(),
    attempts: z.int().nonnegative(),
    /** What the mail server said last, when it did not take the mail. */
    lastError: z.string().nullable(),
    /** When it happened, by the customer's clock. */
    happenedAt: Instant,
    createdAt: Instant,
    sentAt: Instant.nullable(),
  })
  .meta({ id: 'NotificationResponse' });
export type NotificationResponse = z.output<typeof NotificationResponse>;

/** The query of `GET /v1/notifications` and `GET /v1/mailbox`: newest first. */
export const NotificationsListRequest = z
  .object({
    limit: Limit,
    starting_after: Id.optional(),
    ending_before: Id.optional(),
    /** Our id of a customer. */
    customer: Id.optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'NotificationsListRequest' });
export type NotificationsListRequest = z.output<typeof NotificationsListRequest>;

export const NotificationsListResponse = listOf(NotificationResponse).meta({ id: 'NotificationsListResponse' });
export type NotificationsListResponse = z.output<typeof NotificationsListResponse>;

/** Whether a kind of news is told. */
export const NotificationRuleResponse = z
  .looseObject({ notificationScope: Scope, isOn: z.boolean() })
  .meta({ id: 'NotificationRuleResponse' });
export type NotificationRuleResponse = z.output<typeof NotificationRuleResponse>;

export const NotificationRulesResponse = z
  .looseObject({ object: z.literal('list'), data: z.array(NotificationRuleResponse) })
  .meta({ id: 'NotificationRulesResponse' });
export type NotificationRulesResponse = z.output<typeof NotificationRulesResponse>;

/** `PUT /v1/notification_rules/:scope`. */
export const NotificationRuleRequest = z.object({ isOn: z.boolean() }).meta({ id: 'NotificationRuleRequest' });
export type NotificationRuleRequest = z.output<typeof NotificationRuleRequest>;
