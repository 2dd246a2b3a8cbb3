import { Controller } from '@nestjs/common';
import { ConnectionChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { Mirror } from '@turnpike/mirror';

/** A connection works: what was there before us is read from Stripe's lists, and what could not be looked up for want of a key is looked up now. */
@Controller()
export class OnConnectionChanged {
  constructor(private readonly mirror: Mirror) {}

  @OnTopic(ConnectionChanged)
  async handle({ scope, data }: EventOf<typeof ConnectionChanged>): Promise<void> {
    const now = new Date();
    if (data.status === 'verified') await this.mirror.retryUnverified(scope, data.connectionId, now);
    if (data.status === 'verified' || data.status === 'degraded') await this.mirror.fills.connected(scope, data.connectionId, now);
  }
}
