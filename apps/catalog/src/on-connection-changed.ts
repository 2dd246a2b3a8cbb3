import { Controller } from '@nestjs/common';
import { ConnectionChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { KnownConnectionsService } from './known-connections.service.js';

@Controller()
export class OnConnectionChanged {
  constructor(private readonly connections: KnownConnectionsService) {}

  @OnTopic(ConnectionChanged)
  async handle({ scope, data }: EventOf<typeof ConnectionChanged>): Promise<void> {
    await this.connections.keep(scope, data);
  }
}
