import { Controller } from '@nestjs/common';
import { ConnectionChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { Database } from '@turnpike/service';
import { KnownConnections } from './known-connections.service.js';
import { PollEvents } from './poll-events.job.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** Whose a webhook address is, and whose events are polled. */
@Controller()
export class OnConnectionChanged {
  constructor(
    private readonly database: Database,
    private readonly connections: KnownConnections,
    private readonly secrets: WebhookSecrets,
    private readonly polls: PollEvents,
  ) {}

  @OnTopic(ConnectionChanged)
  async handle({ scope, data }: EventOf<typeof ConnectionChanged>): Promise<void> {
    await this.connections.keep(scope, data);
    this.database.current().afterCommit(`connection ${data.connectionId}`, () => {
      this.secrets.expire(data.connectionId);
      this.polls.wake();
    });
  }
}
