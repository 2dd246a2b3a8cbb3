import { defineDeadLetters } from '../define-dead-letters.js';
import type { DataOf } from '../define-topic.js';

/** What `connections` heard and could not apply. */
export const ConnectionsDeadLetters = defineDeadLetters('connections');
export type ConnectionsDeadLetters = DataOf<typeof ConnectionsDeadLetters>;
