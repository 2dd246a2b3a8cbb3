import { Injectable } from '@nestjs/common';
import { ConnectionChanged, type Scope, wireKey } from '@turnpike/contracts-events';
import { lockKeys, Outbox } from '@turnpike/messaging';
import { Database } from '@turnpike/service';
import { sameJson } from '@turnpike/stripe';
import { Connection } from './connection.entity.js';
import { ConnectionNotFound } from './connection.errors.js';
import { toConnectionChanged } from './connection.mapping.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';

/** Connections as rows: found, locked, changed and told about. Every method runs in the transaction of its caller. */
@Injectable()
export class ConnectionRowsService {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /** @throws ConnectionNotFound */
  async one({ organization, environment }: Scope, id: string): Promise<Connection> {
    const connection = isPossibleId(id) ? await this.database.current().em.findOne(Connection, { organization, environment, id }) : null;
    if (!connection) throw new ConnectionNotFound(id);
    return connection;
  }

  /** The row for changing it: nobody else tells of it meanwhile (road 1.1). @throws ConnectionNotFound */
  async locked(scope: Scope, id: string): Promise<Connection> {
    if (!isPossibleId(id)) throw new ConnectionNotFound(id);
    await this.lock(scope, id);
    return this.one(scope, id);
  }

  async lock(scope: Scope, id: string): Promise<void> {
    await lockKeys(this.database.current(), [wireKey(scope, id)]);
  }

  /** Call with its key locked. */
  add(connection: Connection): void {
    this.database.current().em.create(Connection, connection);
    this.tell(connection);
  }

  /** Changes a locked row, and tells it if what is told has changed. */
  change(connection: Connection, changes: Partial<Connection>, now: Date): void {
    const before = toConnectionChanged(connection);
    Object.assign(connection, changes, { updatedAt: now });
    if (sameJson(before, toConnectionChanged(connection))) return;
    connection.versionN += 1;
    this.tell(connection);
  }

  /** Tells the present state, with the version it has. */
  tell(connection: Connection): void {
    this.outbox.announce(ConnectionChanged, connection, toConnectionChanged(connection));
  }

  /** Oldest first. */
  endpointsOf({ organization, environment, id }: Scope & { id: string }): Promise<WebhookEndpoint[]> {
    return this.database.current().em.find(WebhookEndpoint, { organization, environment, connectionId: id }, { orderBy: { id: 'asc' } });
  }
}

/** Ours, or one of the declared file's; anything else is nobody's, and some of it PostgreSQL could not even take as text. */
function isPossibleId(id: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,63}$/.test(id);
}
