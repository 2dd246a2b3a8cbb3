import { defineDeadLetters } from '../define-dead-letters.js';
import type { DataOf } from '../define-topic.js';

/** What `gateway` heard and could not apply. */
export const GatewayDeadLetters = defineDeadLetters('gateway');
export type GatewayDeadLetters = DataOf<typeof GatewayDeadLetters>;
