import { Controller } from '@nestjs/common';
import { type EventOf, SubscriptionChanged, wireKey } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { KnownFactsService } from './known-facts.service.js';
import { canceledOf } from './news.rules.js';
import { NotificationsService } from './notifications.service.js';
import { TrialRemindersService } from './trial-reminders.service.js';

@Controller()
export class OnSubscriptionChanged {
  constructor(
    private readonly facts: KnownFactsService,
    private readonly reminders: TrialRemindersService,
    private readonly notifications: NotificationsService,
  ) {}

  @OnTopic(SubscriptionChanged, { keeps: { table: 'known_subscription', orderedBy: 'customer_id' }, alsoLocks: clockOf })
  async handle({ scope, data }: EventOf<typeof SubscriptionChanged>): Promise<void> {
    const now = new Date();
    const subscription = await this.facts.keepSubscription(scope, data);
    if (!subscription) return;
    await this.reminders.plan(scope, subscription, now);
    const canceled = canceledOf(data);
    if (canceled) await this.notifications.tell(scope, canceled, { customerId: data.customerId }, now);
  }
}

/** Its reminder is due by this clock: neither may look while the other writes. */
function clockOf({ scope, data }: EventOf<typeof SubscriptionChanged>): readonly string[] {
  return data.clockId === null ? [] : [wireKey(scope, data.clockId)];
}
