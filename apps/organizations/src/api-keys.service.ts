import { Injectable } from '@nestjs/common';
import { ApiKeyChanged, type Scope, wireKey } from '@turnpike/contracts-events';
import type { ApiKeysListRequest } from '@turnpike/contracts-http';
import { FIRST_EPOCH, lockKeys, Outbox } from '@turnpike/messaging';
import { Database, isId, KnownApiKeys, newId, pageOptions, pageWhere, sqlStateOf } from '@turnpike/service';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyNotFound, ApiKeyNotLive, ApiKeyOfAnother, TwoApiKeysLive } from './api-key.errors.js';
import { toApiKeyChanged } from './api-key.mapping.js';
import { endOfReplaced, isLive, whetherToRotate } from './api-key.rules.js';
import { newSecret } from './new-secret.js';

/** A key that was made just now, and the only sight of it. */
export interface MadeApiKey {
  readonly apiKey: ApiKey;
  readonly key: string;
}

/** What everybody locks who changes API keys of an environment: a rotation looks at several of them. */
export function apiKeysLock(scope: Scope): string {
  return wireKey(scope, 'api-keys');
}

const UNIQUE_VIOLATION = '23505';
const isApiKeyId = (text: string): boolean => isId('ak', text);

/** API keys: made, replaced, revoked. Every method runs in the transaction of its caller. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly known: KnownApiKeys,
  ) {}

  /** Newest first, with one row more than the page has. */
  async list({ organization, environment }: Scope, query: ApiKeysListRequest): Promise<ApiKey[]> {
    return this.database.current().em.find(ApiKey, { organization, environment, ...pageWhere(query, isApiKeyId) }, pageOptions(query));
  }

  async make(scope: Scope, name: string | null, now: Date): Promise<MadeApiKey> {
    await this.lock(scope);
    return this.add(scope, name, null, now);
  }

  /**
   * Makes a key that takes the place of another, which opens doors for so long.
   * @throws ApiKeyNotFound, ApiKeyNotLive, TwoApiKeysLive
   */
  async rotate(scope: Scope, id: string, oldExpiresInHours: number, now: Date): Promise<MadeApiKey> {
    await this.lock(scope);
    const old = await this.one(scope, id);
    const { organization, environment } = scope;
    const lineage = await this.database.current().em.find(ApiKey, { organization, environment, lineageId: old.lineageId });
    const verdict = whetherToRotate(old, lineage, oldExpiresInHours, now);
    if (verdict === 'not-live') throw new ApiKeyNotLive();
    if (verdict === 'two-live') throw new TwoApiKeysLive();

    old.expiresAt = endOfReplaced(old, oldExpiresInHours, now);
    await this.changed(old);
    return this.add(scope, old.name, old, now);
  }

  /** At once and for ever; a second time changes nothing. @throws ApiKeyNotFound */
  async revoke(scope: Scope, id: string, now: Date): Promise<ApiKey> {
    await this.lock(scope);
    const apiKey = await this.one(scope, id);
    await this.end(apiKey, now);
    return apiKey;
  }

  /**
   * Makes what the declared file says of an environment's keys come true: new hashes are added, those no longer in it are revoked. What was
   * ended otherwise stays ended.
   * @returns hashes that are declared and open nothing
   * @throws ApiKeyOfAnother
   */
  async keepDeclared(scope: Scope, hashes: readonly string[], now: Date): Promise<readonly string[]> {
    await this.lock(scope);
    const { organization, environment } = scope;
    const { em } = this.database.current();
    const known = await em.find(ApiKey, { organization, environment });
    for (const apiKey of known) if (apiKey.isDeclared && !hashes.includes(apiKey.sha256)) await this.end(apiKey, now);
    for (const sha256 of hashes) {
      if (known.some((apiKey) => apiKey.sha256 === sha256)) continue;
      // The hash may be another organization's, whose rows this transaction does not see; the constraint does.
      await this.insert(this.aNew(scope, { sha256, prefix: '', name: 'declared', replaces: null, isDeclared: true }, now));
    }
    return known.filter((apiKey) => hashes.includes(apiKey.sha256) && !isLive(apiKey, now)).map((apiKey) => apiKey.sha256);
  }

  /** Tells the present state again, with the version it has. Call with `apiKeysLock`. */
  tell(apiKey: ApiKey): void {
    this.outbox.announce(ApiKeyChanged, apiKey, toApiKeyChanged(apiKey));
  }

  private async lock(scope: Scope): Promise<void> {
    await lockKeys(this.database.current(), [apiKeysLock(scope)]);
  }

  private async one({ organization, environment }: Scope, id: string): Promise<ApiKey> {
    const apiKey = isApiKeyId(id) ? await this.database.current().em.findOne(ApiKey, { organization, environment, id }) : null;
    if (!apiKey) throw new ApiKeyNotFound(id);
    return apiKey;
  }

  private async end(apiKey: ApiKey, now: Date): Promise<void> {
    if (apiKey.revokedAt !== null) return;
    apiKey.revokedAt = now;
    await this.changed(apiKey);
  }

  private async add(scope: Scope, name: string | null, replaces: ApiKey | null, now: Date): Promise<MadeApiKey> {
    const { key, sha256, prefix } = newSecret(scope.environment);
    const apiKey = this.aNew(scope, { sha256, prefix, name, replaces, isDeclared: false }, now);
    await this.insert(apiKey);
    return { apiKey, key };
  }

  private aNew(
    { organization, environment }: Scope,
    { replaces, ...given }: Pick<ApiKey, 'sha256' | 'prefix' | 'name' | 'isDeclared'> & { replaces: ApiKey | null },
    now: Date,
  ): ApiKey {
    const id = newId('ak');
    return this.database.current().em.create(ApiKey, {
      organization,
      environment,
      id,
      ...given,
      lineageId: replaces?.lineageId ?? id,
      replacesId: replaces?.id ?? null,
      createdAt: now,
      expiresAt: null,
      revokedAt: null,
      versionEpoch: FIRST_EPOCH,
      versionN: 1,
    });
  }

  /** @throws ApiKeyOfAnother */
  private async insert(apiKey: ApiKey): Promise<void> {
    const { em } = this.database.current();
    em.persist(apiKey);
    try {
      await em.flush();
    } catch (error) {
      throw sqlStateOf(error) === UNIQUE_VIOLATION ? new ApiKeyOfAnother(apiKey.organization) : error;
    }
    await this.known.keep(apiKey, toApiKeyChanged(apiKey));
    this.tell(apiKey);
  }

  /** This service's own guard knows at once; the others hear of it. */
  private async changed(apiKey: ApiKey): Promise<void> {
    apiKey.versionN += 1;
    await this.known.keep(apiKey, toApiKeyChanged(apiKey));
    this.tell(apiKey);
  }
}
