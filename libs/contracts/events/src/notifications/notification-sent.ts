import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';

/** Somebody was told something. Neither the address nor the words: those stay where they were sent from. */
export const NotificationSent = defineTopic({
  name: 'notifications.notification.sent.v1',
  kind: 'log',
  burial: 'heals',
  key: (notification) => notification.notificationId,
  order: (notification) => notification.customerId,
  data: z.object({
    notificationId: Id,
    /** `<ACTION>.<ENTITY>`, requirements §6.6. */
    notificationScope: z.string().regex(/^[A-Z0-9_]+\.[A-Z_]+$/),
    customerId: Id,
    channel: z.enum(['email', 'mailbox']),
    /** What it was sent because of: the same cause is never told twice. */
    cause: z.string().min(1),
    /** The Message-ID header, which a second copy of the same mail has as well (road 2.12). */
    messageId: z.string().min(1),
    sentAt: Instant,
  }),
});
export type NotificationSent = DataOf<typeof NotificationSent>;
