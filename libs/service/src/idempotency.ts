import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Transaction } from './database.js';
import type { DeclaredScope } from './declaration.js';
import { IdempotencyKeyInUse, IdempotencyKeyMissing, IdempotencyKeyReused } from './idempotency.errors.js';
import { protectTable } from './row-level-security.js';

const KEPT = `interval '24 hours'`;
const MOST_DROPPED_AT_ONCE = 100;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Statements of a migration: what a service needs whose routes under /v1 take a POST. */
export function idempotencyTable(service: string): string[] {
  return [
    `create table idempotency (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      key text not null,
      request_sha256 bytea not null,
      status int not null,
      answer bytea not null,
      created_at timestamptz not null default now(),
      primary key (organization, environment, key)
    )`,
    `create index idempotency_by_age on idempotency (organization, created_at)`,
    ...protectTable(service, 'idempotency', 'select, insert, update, delete'),
  ];
}

/** One POST as it came in. */
export interface KeyedRequest {
  readonly scope: DeclaredScope;
  /** The API key: answers are sealed with it. */
  readonly apiKey: string;
  /** The header Idempotency-Key. */
  readonly key: string | undefined;
  readonly path: string;
  readonly body: unknown;
}

export interface KeptAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Does a POST once (the IETF draft on Idempotency-Key): its answer is kept for 24 hours in the transaction of its effect, so that a repeat gets
 * the first answer and changes nothing. Refusals are not kept: what was refused had no effect, and may be mended and sent again.
 *
 * An answer may hold what is shown only once, such as a new API key. So it is sealed (AES-256-GCM) with a key made from the caller's API key
 * and Idempotency-Key, of which the database has neither.
 * @throws IdempotencyKeyMissing, IdempotencyKeyReused, IdempotencyKeyInUse
 */
export async function once(
  transaction: Transaction,
  request: KeyedRequest,
  work: () => Promise<KeptAnswer>,
): Promise<KeptAnswer & { isReplay: boolean }> {
  const { scope, key } = request;
  if (key === undefined || key.trim() === '' || key.length > 255) throw new IdempotencyKeyMissing();
  const row = [scope.organization, scope.environment, key];
  const [lock] = await transaction.sql<{ got: boolean }>(`select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as got`, [
    `idempotency ${row.join('/')}`,
  ]);
  if (lock?.got !== true) throw new IdempotencyKeyInUse();

  const fingerprint = fingerprintOf(request);
  const [kept] = await transaction.sql<{ request_sha256: Buffer; status: number; answer: Buffer }>(
    `select request_sha256, status, answer from idempotency
      where organization = $1 and environment = $2 and key = $3 and created_at > now() - ${KEPT}`,
    row,
  );
  if (kept) {
    if (!kept.request_sha256.equals(fingerprint)) throw new IdempotencyKeyReused();
    return { status: kept.status, body: unsealed(kept.answer, request), isReplay: true };
  }
  const answer = await work();
  await transaction.sql(
    `delete from idempotency where (organization, environment, key) in (
       select organization, environment, key from idempotency
        where organization = $1 and created_at <= now() - ${KEPT} order by created_at limit ${MOST_DROPPED_AT_ONCE})`,
    [scope.organization],
  );
  await transaction.sql(
    `insert into idempotency (organization, environment, key, request_sha256, status, answer) values ($1, $2, $3, $4, $5, $6)
     on conflict (organization, environment, key) do update
       set request_sha256 = excluded.request_sha256, status = excluded.status, answer = excluded.answer, created_at = now()`,
    [...row, fingerprint, answer.status, sealed(answer.body, request)],
  );
  return { ...answer, isReplay: false };
}

function fingerprintOf({ path, body, apiKey }: KeyedRequest): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([path, body ?? null, sha256(apiKey)]))
    .digest();
}

function sealed(body: unknown, request: KeyedRequest): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealOf(request), iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(body ?? null)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

function unsealed(answer: Buffer, request: KeyedRequest): unknown {
  const decipher = createDecipheriv('aes-256-gcm', sealOf(request), answer.subarray(0, IV_BYTES));
  decipher.setAuthTag(answer.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = Buffer.concat([decipher.update(answer.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString());
}

function sealOf({ apiKey, key }: KeyedRequest): Buffer {
  return Buffer.from(hkdfSync('sha256', apiKey, key ?? '', 'turnpike idempotency', 32));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
