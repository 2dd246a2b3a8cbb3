export { DomainError, Unavailable, isDatabaseUnavailable, sqlStateOf, type ErrorKind } from './errors.js';
export { Log, NestLog, type LogDestination, type LogFacts } from './logger.js';
export { isOutdatedPlan, prepared } from './prepared.js';
export { Database, ormOptions, type Row, type Transaction } from './database.js';
export {
  ORGANIZATION_FUNCTION,
  openToInfrastructure,
  ownRowsAndInfrastructure,
  ownRowsOnly,
  protectTable,
  rolesOf,
  RowLevelSecurityMissing,
} from './row-level-security.js';
export {
  ANSWER_SECONDS,
  inTransaction,
  openPool,
  openSession,
  type PostgresClient,
  type PostgresPool,
  type PostgresPoolClient,
  type Queryable,
} from './postgres.js';
export {
  administratorSql,
  assertMigrated,
  assertRole,
  migrate,
  provision,
  type DatabasePlan,
  type ProvisionedDatabase,
  type ProvisionOptions,
} from './provision.js';
export { ConfigInvalid, readConfig } from './read-config.js';
export { DeclarationFile, declaredConnections, readDeclaration, type DeclaredConnection, type DeclaredScope } from './declaration.js';
export { InputInvalid, ProblemFilter, sendProblem, toProblem, type Problem } from './problem.filter.js';
export { ApiKeyGuard, CurrentScope, scopeOfCaller, SERVICE_TOKEN, ServiceTokenGuard, Unauthenticated } from './api-key.guard.js';
export { idempotencyTable } from './idempotency.js';
export { ApiKeyNotKnown, KnownApiKeys, knownApiKeyTable } from './known-api-keys.js';
export { KnownOrganizations, knownOrganizationTable } from './known-organizations.js';
export { AnsweredFromMemory } from './answered-from-memory.js';
export { BatchedRows } from './batched-rows.js';
export type { DeadLetterDesk } from './dead-letter-desk.js';
export { readCursor, writeCursor } from './cursor.js';
export { isId, newId } from './ids.js';
export { pageOf, pageOptions, pageWhere, type PageRequest } from './pagination.js';
export { readInput } from './read-input.js';
export { Returns } from './returns.js';
export { ServiceConfig, type RoadContext, type RoadHandle, type ServiceContext, type ServiceDefinition } from './service.js';
export { Measured, type Filled } from './measured.js';
export { PoolMetrics } from './pool.metrics.js';
export { areTracesOn, noteOnSpan, traced, tracedPart, traceHeaders, traceparent, type SpanFacts, type SpanStart } from './traces.js';
export { startService, type RunningService } from './start-service.js';
export { runService } from './run-service.js';
