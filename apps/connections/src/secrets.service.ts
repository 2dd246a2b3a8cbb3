import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { Database, newId } from '@turnpike/service';
import { ConnectionSecret, type SecretKind } from './connection-secret.entity.js';
import { DataKey } from './data-key.entity.js';
import { KEY_BYTES, KeyRing, open, seal, type Place } from './secret-cipher.js';

const FIRST_VERSION = 1;

/** A secret in the open. It lives as long as the work that asked for it. */
export interface OpenSecret {
  readonly id: string;
  readonly kind: SecretKind;
  readonly endpointId: string | null;
  readonly text: string;
}

/** The connection whose secret it is. */
export type SecretOwner = Scope & { readonly id: string };

/**
 * The only reader and writer of stored secrets: sealed with a data key of their organization and environment, which is itself wrapped by the
 * installation's key (envelope encryption). Every method runs in the transaction of its caller.
 */
@Injectable()
export class SecretsService {
  constructor(
    private readonly database: Database,
    private readonly keys: KeyRing,
  ) {}

  async keep(owner: SecretOwner, kind: SecretKind, text: string, now: Date, endpointId: string | null = null): Promise<void> {
    const { em } = this.database.current();
    const { version, key } = await this.dataKeyToWrite(owner, now);
    const id = newId('sec');
    const { organization, environment } = owner;
    em.create(ConnectionSecret, {
      organization,
      environment,
      id,
      connectionId: owner.id,
      kind,
      endpointId,
      keyVersion: version,
      sealed: seal(key, placeOf(owner, id, version), Buffer.from(text)),
      createdAt: now,
    });
    await em.flush();
  }

  /** All of a connection, newest first. */
  async of(owner: SecretOwner): Promise<readonly OpenSecret[]> {
    const rows = await this.rowsOf(owner);
    const secrets: OpenSecret[] = [];
    for (const row of rows) {
      const key = await this.dataKey(owner, row.keyVersion);
      const text = open(key, placeOf(owner, row.id, row.keyVersion), Buffer.from(row.sealed)).toString();
      secrets.push({ id: row.id, kind: row.kind, endpointId: row.endpointId, text });
    }
    return secrets;
  }

  /** Deletes for good. @param isMeant all of the connection unless told */
  async destroy(
    owner: SecretOwner,
    isMeant: (secret: { kind: SecretKind; endpointId: string | null }) => boolean = () => true,
  ): Promise<void> {
    const { em } = this.database.current();
    for (const row of await this.rowsOf(owner)) if (isMeant(row)) em.remove(row);
    await em.flush();
  }

  private rowsOf({ organization, environment, id }: SecretOwner): Promise<ConnectionSecret[]> {
    return this.database.current().em.find(ConnectionSecret, { organization, environment, connectionId: id }, { orderBy: { id: 'desc' } });
  }

  private async dataKeyToWrite(scope: Scope, now: Date): Promise<{ version: number; key: Buffer }> {
    const { em } = this.database.current();
    const known = await this.findDataKey(scope, FIRST_VERSION);
    if (!known) return { version: FIRST_VERSION, key: await this.makeDataKey(scope, now) };
    const key = this.unwrapped(known);
    if (known.wrappedBy !== this.keys.current) {
      em.assign(known, { wrappedBy: this.keys.current, wrapped: this.keys.wrap(placeOfKey(known), key) });
      await em.flush();
    }
    return { version: known.version, key };
  }

  private async makeDataKey({ organization, environment }: Scope, now: Date): Promise<Buffer> {
    const { em } = this.database.current();
    const key = randomBytes(KEY_BYTES);
    const place = placeOfKey({ organization, environment, version: FIRST_VERSION });
    // Two first connections at once: one of them makes the key, the other one waits for it here and takes it.
    await this.database.current().sql(
      `insert into data_key (organization, environment, version, wrapped_by, wrapped, created_at) values ($1, $2, $3, $4, $5, $6)
       on conflict do nothing`,
      [organization, environment, FIRST_VERSION, this.keys.current, this.keys.wrap(place, key), now],
    );
    return this.unwrapped(await em.findOneOrFail(DataKey, { organization, environment, version: FIRST_VERSION }));
  }

  private async dataKey(scope: Scope, version: number): Promise<Buffer> {
    const { organization, environment } = scope;
    return this.unwrapped(await this.database.current().em.findOneOrFail(DataKey, { organization, environment, version }));
  }

  private findDataKey({ organization, environment }: Scope, version: number): Promise<DataKey | null> {
    return this.database.current().em.findOne(DataKey, { organization, environment, version });
  }

  private unwrapped(dataKey: DataKey): Buffer {
    return this.keys.unwrap(placeOfKey(dataKey), dataKey.wrappedBy, Buffer.from(dataKey.wrapped));
  }
}

function placeOf({ organization, environment }: Scope, row: string, version: number): Place {
  return { organization, environment, table: 'connection_secret', row, version };
}

function placeOfKey({ organization, environment, version }: Scope & { version: number }): Place {
  return { organization, environment, table: 'data_key', row: String(version), version };
}
