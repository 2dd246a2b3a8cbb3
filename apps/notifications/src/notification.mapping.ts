import type { NotificationResponse } from '@turnpike/contracts-http';
import type { Notification } from './notification.entity.js';

export function toNotificationResponse(notification: Notification): NotificationResponse {
  const { id, notificationScope, customerId, cause, channel, status, recipient, subject, text, html, messageId, attempts, lastError } =
    notification;
  return {
    ...{ id, notificationScope, customerId, cause, channel, status, recipient, subject, text, html, messageId, attempts, lastError },
    happenedAt: notification.happenedAt.toISOString(),
    createdAt: notification.createdAt.toISOString(),
    sentAt: notification.sentAt?.toISOString() ?? null,
  };
}
