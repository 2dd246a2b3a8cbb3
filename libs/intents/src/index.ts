export { type IntentOutcome, Intents, type IntentsParts, type IntentWish, type SettleIntent } from './intents.js';
export { intentTables } from './intent-tables.js';
export { INTENT_STATUSES, type IntentError, type LookFor, StripeIntent } from './stripe-intent.entity.js';
export { killPoints } from './kill-points.js';
