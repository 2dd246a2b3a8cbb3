import { Controller } from '@nestjs/common';
import { ConnectionChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { Database } from '@turnpike/service';
import { KnownConnections } from './known-connections.service.js';
import { SweepEvents } from './sweep-events.job.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** Whose a webhook address is, and whose events are asked for; what was told of a connection is a reason to look at once. */
@Controller()
export class OnConnectionChanged {
  constructor(
    private readonly database: Database,
    private readonly connections: KnownConnections,
    private readonly secrets: WebhookSecrets,
    private readonly sweeps: SweepEvents,
  ) {}

  @OnTopic(ConnectionChanged, { keeps: { table: 'known_connection' } })
  async handle({ scope, data }: EventOf<typeof ConnectionChanged>): Promise<void> {
    await this.connections.keep(scope, data);
    this.database.current().afterCommit(`connection ${data.connectionId}`, () => {
      this.secrets.expire(data.connectionId);
      this.sweeps.wake();
    });
  }
}
