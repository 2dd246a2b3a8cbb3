import { defineDeadLetters } from '../define-dead-letters.js';
import type { DataOf } from '../define-topic.js';

/** What `customers` heard and could not apply. */
export const CustomersDeadLetters = defineDeadLetters('customers');
export type CustomersDeadLetters = DataOf<typeof CustomersDeadLetters>;
