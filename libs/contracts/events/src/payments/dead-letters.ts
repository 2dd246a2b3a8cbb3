import { defineDeadLetters } from '../define-dead-letters.js';
import type { DataOf } from '../define-topic.js';

/** What `payments` heard and could not apply. */
export const PaymentsDeadLetters = defineDeadLetters('payments');
export type PaymentsDeadLetters = DataOf<typeof PaymentsDeadLetters>;
