import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Database, type DeclaredConnection, KnownOrganizations } from '@turnpike/service';
import { ConnectionRowsService } from './connection-rows.service.js';
import { Connection } from './connection.entity.js';
import { blankConnection, ConnectionsService, scopeOf } from './connections.service.js';
import { SecretsService } from './secrets.service.js';

/** What the file lists, as it was at start; null: there is no file, which is not the same as an empty one. */
export class DeclaredConnections {
  constructor(readonly all: readonly DeclaredConnection[] | null) {}
}

/** The connections that the declared file lists: an id and its webhook secrets. Kept in step with the file at each start. */
@Injectable()
export class DeclaredConnectionsService implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database,
    private readonly rows: ConnectionRowsService,
    private readonly secrets: SecretsService,
    private readonly connections: ConnectionsService,
    private readonly organizations: KnownOrganizations,
    private readonly declared: DeclaredConnections,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { all } = this.declared;
    if (all === null) return;
    const now = new Date();
    const ids = new Set(all.map((connection) => connection.id));
    const organizations = new Set([...(await this.organizations.list()), ...all.map(({ organization }) => organization)]);
    for (const organization of organizations) {
      await this.database.transaction(organization, async () => {
        for (const one of all.filter((connection) => connection.organization === organization)) await this.keep(one, now);
        await this.removeOthers(organization, ids, now);
      });
    }
  }

  private async keep(declared: DeclaredConnection, now: Date): Promise<void> {
    const { em } = this.database.current();
    const scope = scopeOf(declared);
    await this.rows.lock(scope, declared.id);
    const known = await em.findOne(Connection, { ...scope, id: declared.id });
    if (!known) {
      const connection: Connection = {
        ...blankConnection(scope, declared.id, now),
        ingestMode: 'webhook',
        isDeclared: true,
        secretsVersion: 1,
      };
      this.rows.add(connection);
      await this.keepSecrets(connection, declared.webhookSecrets, now);
      return;
    }
    const isBack = known.removedAt !== null;
    if (!isBack && (await this.areKept(known, declared.webhookSecrets))) return;
    await this.secrets.destroy(known, ({ kind, endpointId }) => kind === 'webhook_secret' && endpointId === null);
    await this.keepSecrets(known, declared.webhookSecrets, now);
    const again = { status: 'created' as const, statusReason: null, removingAt: null, removedAt: null, ingestMode: 'webhook' as const };
    this.rows.change(known, { ...(isBack ? again : {}), isDeclared: true, secretsVersion: known.secretsVersion + 1 }, now);
  }

  /** The first is the newest, and is asked for first: it is kept last. */
  private async keepSecrets(connection: Connection, secrets: readonly string[], now: Date): Promise<void> {
    for (const secret of secrets.toReversed()) await this.secrets.keep(connection, 'webhook_secret', secret, now);
  }

  private async areKept(connection: Connection, secrets: readonly string[]): Promise<boolean> {
    const kept = (await this.secrets.of(connection)).filter(({ kind, endpointId }) => kind === 'webhook_secret' && endpointId === null);
    return kept.length === secrets.length && kept.every(({ text }, at) => text === secrets[at]);
  }

  /** What the file no longer lists is removed, unless keys have made a connection of its own of it. */
  private async removeOthers(organization: string, ids: ReadonlySet<string>, now: Date): Promise<void> {
    const others = await this.database
      .current()
      .em.find(Connection, { organization, isDeclared: true, removedAt: null, secretLast4: null });
    for (const { environment, id } of others.filter((connection) => !ids.has(connection.id))) {
      const connection = await this.rows.locked({ organization, environment }, id);
      await this.connections.end(connection, now, 'not_declared_any_more');
    }
  }
}
