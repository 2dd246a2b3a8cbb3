import { Controller } from '@nestjs/common';
import { ConnectionChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { Mirror } from '@turnpike/mirror';

/** A connection that has a good key again: what could not be looked up for want of one is looked up now. */
@Controller()
export class OnConnectionChanged {
  constructor(private readonly mirror: Mirror) {}

  @OnTopic(ConnectionChanged)
  async handle({ scope, data }: EventOf<typeof ConnectionChanged>): Promise<void> {
    if (data.status === 'verified') await this.mirror.retryUnverified(scope, data.connectionId, new Date());
  }
}
