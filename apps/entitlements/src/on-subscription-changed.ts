import { Controller } from '@nestjs/common';
import { type EventOf, SubscriptionChanged } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { KnownFactsService } from './known-facts.service.js';

@Controller()
export class OnSubscriptionChanged {
  constructor(private readonly facts: KnownFactsService) {}

  async prepare(events: readonly EventOf<typeof SubscriptionChanged>[]): Promise<void> {
    await this.facts.prepareSubscriptions(events);
  }

  @OnTopic(SubscriptionChanged)
  async handle({ scope, data }: EventOf<typeof SubscriptionChanged>): Promise<void> {
    await this.facts.keepSubscription(scope, data, new Date());
  }
}
