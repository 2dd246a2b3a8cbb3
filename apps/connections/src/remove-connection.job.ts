import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { Jobs } from '@turnpike/jobs';
import { Database, Log } from '@turnpike/service';
import { ConnectionRowsService } from './connection-rows.service.js';
import { RemoveConnection } from './connection-work.js';
import { ConnectionsService } from './connections.service.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

/** So long the endpoint's deletion at Stripe is waited for; then the credentials go all the same. */
const PATIENCE_MS = 60_000;

/** Ends a removal: our endpoint at Stripe first, while there is a key to do it with. */
@Injectable()
export class RemoveConnectionJob {
  constructor(
    private readonly database: Database,
    private readonly rows: ConnectionRowsService,
    private readonly connections: ConnectionsService,
    private readonly endpoints: WebhookEndpointsService,
    private readonly log: Log,
    jobs: Jobs,
  ) {
    jobs.handle(RemoveConnection, ({ connectionId }, { scope }) => this.run(scope, connectionId, () => new Date()));
  }

  async run(scope: Scope, connectionId: string, clock: () => Date): Promise<void> {
    try {
      await this.endpoints.deleteAll(scope, connectionId);
    } catch (error) {
      if (!(await this.isOutOfPatience(scope, connectionId, clock()))) throw error;
      this.log.warn('connection.endpoint-left-behind', {
        connectionId,
        error: error instanceof Error ? error : new Error(String(error)),
        next: 'delete it at https://dashboard.stripe.com/webhooks',
      });
    }
    await this.database.transaction(scope.organization, async () => {
      const connection = await this.rows.locked(scope, connectionId);
      if (connection.status === 'removing') await this.connections.end(connection, clock());
    });
  }

  /** A key that Stripe refuses will not be accepted later. */
  private async isOutOfPatience(scope: Scope, connectionId: string, now: Date): Promise<boolean> {
    const connection = await this.database.transaction(scope.organization, () => this.rows.one(scope, connectionId));
    return now.getTime() - (connection.removingAt?.getTime() ?? 0) > PATIENCE_MS;
  }
}
