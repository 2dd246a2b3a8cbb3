export { AnnounceAllRequest, AnnounceAllResponse } from './announce-all.js';
export { CustomerResponse, CustomersListRequest, CustomersListResponse } from './customers.js';
export {
  DeadLetterResponse,
  DeadLettersListRequest,
  DeadLettersListResponse,
  DeadLettersReplayRequest,
  DeadLettersReplayResponse,
} from './dead-letters.js';
export { listOf } from './list.js';
export { FieldProblem, Problem } from './problem.js';
export { StandingResponse, VersionResponse } from './standing.js';
export { StripeWebhookResponse } from './stripe-webhook.js';
export { SubscriptionItemResponse, SubscriptionResponse } from './subscriptions.js';
