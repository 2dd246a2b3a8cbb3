export {
  ApiKeyCreatedResponse,
  ApiKeyCreateRequest,
  ApiKeyResponse,
  ApiKeyRotateRequest,
  ApiKeysListRequest,
  ApiKeysListResponse,
  OperatorApiKeyCreateRequest,
} from './api-keys.js';
export { AnnounceAllRequest, AnnounceAllResponse } from './announce-all.js';
export { RebuildRequest, RebuildResponse, RestoredRequest, RestoredResponse } from './new-epochs.js';
export { ConnectionCredentialsResponse, ConnectionUnauthorizedRequest, ConnectionUnauthorizedResponse } from './connection-credentials.js';
export {
  ConnectionCheckResponse,
  ConnectionCreateRequest,
  ConnectionKeysRequest,
  ConnectionProfile,
  ConnectionRemoveRequest,
  ConnectionResponse,
  ConnectionsListRequest,
  ConnectionsListResponse,
} from './connections.js';
export {
  CustomerResponse,
  CustomersCreateRequest,
  CustomersListRequest,
  CustomersListResponse,
  CustomersUpdateRequest,
} from './customers.js';
export {
  DeadLetterDetailResponse,
  type DeadLetterFilter,
  DeadLetterRequest,
  DeadLetterResponse,
  DeadLetterShowRequest,
  DeadLettersDropRequest,
  DeadLettersDropResponse,
  DeadLettersListRequest,
  DeadLettersListResponse,
  DeadLettersReplayRequest,
  DeadLettersReplayResponse,
  MOST_MESSAGE_IDS,
} from './dead-letters.js';
export { EntitlementResponse, EntitlementsRequest, EntitlementsResponse, EntitlementSourceResponse } from './entitlements.js';
export { GapSweepResponse, GapSweepsListRequest, GapSweepsListResponse } from './gap-sweeps.js';
export { KnownApiKeyRequest, KnownApiKeyResponse } from './known-api-keys.js';
export { goesOneWay, listOf, ONE_WAY } from './list.js';
export { OrganizationCreatedResponse, OrganizationCreateRequest, OrganizationResponse } from './organizations.js';
export { FieldProblem, Problem } from './problem.js';
export { StandingResponse, VersionResponse } from './standing.js';
export { StripeEventsReplayRequest, StripeEventsReplayResponse } from './stripe-events.js';
export { StripeWebhookResponse } from './stripe-webhook.js';
export { SubscriptionItemResponse, SubscriptionResponse } from './subscriptions.js';
export {
  NotificationResponse,
  NotificationRuleRequest,
  NotificationRuleResponse,
  NotificationRulesResponse,
  NotificationsListRequest,
  NotificationsListResponse,
} from './notifications.js';
export { InvoiceResponse, InvoicesListRequest, InvoicesListResponse } from './invoices.js';
export { PaymentResponse, PaymentsListRequest, PaymentsListResponse } from './payments.js';
export {
  WorkspaceMemberRequest,
  WorkspaceResponse,
  WorkspacesCreateRequest,
  WorkspacesListRequest,
  WorkspacesListResponse,
} from './workspaces.js';
export { CatalogApplyModeRequest, CatalogApplyRequest, CatalogApplyResponse } from './catalog.js';
export { checkPrices } from './plan-terms.js';
export { PlanCreateRequest, PlanResponse, PlansListRequest, PlansListResponse } from './plans.js';
export { PlanVersionCreateRequest, PlanVersionResponse, PlanVersionsListRequest, PlanVersionsListResponse } from './plan-versions.js';
export { ProductCreateRequest, ProductResponse, ProductsListRequest, ProductsListResponse } from './products.js';
export { SyncResponse } from './sync.js';
export { StripeLane, StripeLaneRates, StripeRateRequest, StripeRateResponse } from './stripe-rate.js';
export { FillResponse, FillsCreateRequest, FillsCreateResponse, FillsListRequest, FillsListResponse } from './fills.js';
