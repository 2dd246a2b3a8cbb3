import { hash } from 'node:crypto';
import type { ApiKeyChanged, Scope } from '@turnpike/contracts-events';
import type { Database } from './database.js';
import { DomainError } from './errors.js';
import type { Queryable } from './postgres.js';
import { openToInfrastructure, protectTable } from './row-level-security.js';

/** How long a key that opened a door is let in without another look: so long, at most, does a revocation take to reach every replica. */
const REMEMBER_MS = 1_000;
/** Each remembered key is one that was found, so only as many as there are; beyond this it begins anew. */
const MOST_REMEMBERED = 10_000;
/** No key of ours is longer; hashing a megabyte for a stranger is work for nothing. */
const LONGEST_KEY = 512;

/** No such key has been told here, or none that still opens anything. */
export class ApiKeyNotKnown extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'api_key_not_known';
  constructor() {
    super('This service knows no live API key with this hash.');
  }
}

/** A migration's statements for the table that `KnownApiKeys` keeps: key hash → organization, one of the listed infrastructure tables. */
export function knownApiKeyTable(service: string): string[] {
  return [
    `create table known_api_key (
      organization text not null,
      environment text not null check (environment in ('sandbox', 'test', 'live')),
      id text not null,
      sha256 text not null,
      expires_at timestamptz,
      revoked_at timestamptz,
      version_epoch bigint not null,
      version_n bigint not null,
      revision int not null default 1,
      primary key (organization, environment, id)
    )`,
    `create index known_api_key_by_hash on known_api_key (sha256)`,
    ...protectTable(service, 'known_api_key'),
    ...openToInfrastructure(service, 'known_api_key'),
  ];
}

const KEEP = `insert into known_api_key as known (organization, environment, id, sha256, expires_at, revoked_at, version_epoch, version_n)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (organization, environment, id) do update
    set sha256 = excluded.sha256, expires_at = excluded.expires_at, revoked_at = excluded.revoked_at,
        version_epoch = excluded.version_epoch, version_n = excluded.version_n, revision = known.revision + 1
  where (known.version_epoch, known.version_n) < (excluded.version_epoch, excluded.version_n)`;

const FIND = `select organization, environment, expires_at, revoked_at from known_api_key where sha256 = $1`;

interface KnownApiKey {
  readonly scope: Scope;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/**
 * The API keys of all organizations, as `organizations` told them: how a service knows whose request it has without asking another one. By
 * hash; a key itself is kept nowhere. Found keys are remembered for a second, revocation and expiry hold meanwhile all the same: a
 * key heard of here is looked up anew, and the clock is asked each time.
 */
export class KnownApiKeys {
  private readonly remembered = new Map<string, { readonly apiKey: KnownApiKey; readonly until: number }>();
  /** Counts what was heard: an answer that was on its way meanwhile may be the old one, and is not remembered. */
  private heard = 0;

  /** @param infrastructure the service's database as its infrastructure role: a request has no organization before this look-up */
  constructor(
    private readonly database: Database,
    private readonly infrastructure: Queryable,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Keeps what was told of a key, if it is newer. Runs in the caller's transaction. */
  async keep({ organization, environment }: Scope, told: ApiKeyChanged): Promise<void> {
    const transaction = this.database.current();
    const { apiKeyId, sha256, expiresAt, revokedAt, version } = told;
    await transaction.sql(KEEP, [organization, environment, apiKeyId, sha256, expiresAt, revokedAt, version.epoch, version.n]);
    transaction.afterCommit('known-api-keys', () => {
      this.heard += 1;
      this.remembered.clear();
    });
  }

  /** Whose API key this is; null when nobody's, or when it is expired or revoked. */
  async scopeOf(apiKey: string): Promise<Scope | null> {
    return apiKey.length > LONGEST_KEY ? null : this.scopeOfHash(hash('sha256', apiKey));
  }

  /** The same at once, where the key is remembered and live; null says nothing but that `scopeOf` is to be asked. */
  rememberedScopeOf(apiKey: string): Scope | null {
    if (apiKey.length > LONGEST_KEY) return null;
    const now = this.now();
    const remembered = this.remembered.get(hash('sha256', apiKey));
    return remembered && remembered.until > now.getTime() ? liveScope(remembered.apiKey, now) : null;
  }

  /** @param sha256 of the whole key, in lower-case hexadecimal. It is looked up, so timing tells nothing about a key */
  async scopeOfHash(sha256: string): Promise<Scope | null> {
    const now = this.now();
    const remembered = this.remembered.get(sha256);
    if (remembered && remembered.until > now.getTime()) return liveScope(remembered.apiKey, now);
    const { heard } = this;
    const { rows } = await this.infrastructure.query<{ expires_at: Date | null; revoked_at: Date | null } & Scope>(FIND, [sha256]);
    const found = rows.map(({ organization, environment, expires_at: expiresAt, revoked_at: revokedAt }) => ({
      scope: { organization, environment },
      expiresAt,
      revokedAt,
    }));
    const apiKey = found.find((one) => liveScope(one, now) !== null);
    if (!apiKey) return null;
    if (heard === this.heard) this.remember(sha256, apiKey, now);
    return apiKey.scope;
  }

  private remember(sha256: string, apiKey: KnownApiKey, now: Date): void {
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(sha256, { apiKey, until: now.getTime() + REMEMBER_MS });
  }
}

function liveScope({ scope, expiresAt, revokedAt }: KnownApiKey, now: Date): Scope | null {
  return revokedAt === null && (expiresAt === null || expiresAt > now) ? scope : null;
}
