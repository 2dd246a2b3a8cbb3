import { Controller } from '@nestjs/common';
import { type EventOf, SubscriptionChanged } from '@turnpike/contracts-events';
import { type Copy, OnTopic } from '@turnpike/messaging';
import { KnownFactsService } from './known-facts.service.js';

@Controller()
export class OnSubscriptionChanged {
  constructor(private readonly facts: KnownFactsService) {}

  async prepare(events: readonly EventOf<typeof SubscriptionChanged>[]): Promise<void> {
    await this.facts.prepareSubscriptions(events);
  }

  @OnTopic(SubscriptionChanged, { keeps: { table: 'known_subscription', orderedBy: 'customer_id' } })
  async handle({ scope, data }: EventOf<typeof SubscriptionChanged>): Promise<void> {
    await this.facts.keepSubscription(scope, data, new Date());
  }

  async lapsed(copies: readonly Copy[]): Promise<void> {
    await this.facts.loseSubscriptions(copies, new Date());
  }
}
