import { defineDeadLetters } from '../define-dead-letters.js';
import type { DataOf } from '../define-topic.js';

/** What `entitlements` heard and could not apply. */
export const EntitlementsDeadLetters = defineDeadLetters('entitlements');
export type EntitlementsDeadLetters = DataOf<typeof EntitlementsDeadLetters>;
