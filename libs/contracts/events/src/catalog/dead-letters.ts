import { defineDeadLetters } from '../define-dead-letters.js';
import type { DataOf } from '../define-topic.js';

/** What `catalog` heard and could not apply. */
export const CatalogDeadLetters = defineDeadLetters('catalog');
export type CatalogDeadLetters = DataOf<typeof CatalogDeadLetters>;
