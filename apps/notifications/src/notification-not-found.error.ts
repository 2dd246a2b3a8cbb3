import { DomainError } from '@turnpike/service';

export class NotificationNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'notification_not_found';
  constructor(readonly notificationId: string) {
    super(`Notification ${notificationId} is not known here.`);
  }
}
