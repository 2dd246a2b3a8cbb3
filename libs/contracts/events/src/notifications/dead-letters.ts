import { defineDeadLetters } from '../define-dead-letters.js';
import type { DataOf } from '../define-topic.js';

/** What `notifications` heard and could not apply. */
export const NotificationsDeadLetters = defineDeadLetters('notifications');
export type NotificationsDeadLetters = DataOf<typeof NotificationsDeadLetters>;
