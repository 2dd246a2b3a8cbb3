import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { Jobs } from '@turnpike/jobs';
import { KnownFactsService } from './known-facts.service.js';
import type { KnownSubscription } from './known-subscription.entity.js';
import { trialEndingOf, trialReminderDueAt } from './news.rules.js';
import { NotificationsService } from './notifications.service.js';
import { RemindOfTrial } from './remind-of-trial.js';

/** Reminders before a trial ends, by the customer's clock. Every method runs in the transaction of its caller. */
@Injectable()
export class TrialRemindersService {
  constructor(
    private readonly facts: KnownFactsService,
    private readonly notifications: NotificationsService,
    private readonly jobs: Jobs,
  ) {}

  /** A subscription changed: the reminder is told if it is due, waits for its day, or is taken back. */
  async plan(scope: Scope, subscription: KnownSubscription, now: Date): Promise<void> {
    const at = subscription.clockId === null ? now : await this.facts.clockAt(scope, subscription.clockId);
    if (at === null) return; // a clock that nothing was heard of: its own news brings the reminder
    await this.remind(scope, subscription, at, now);
    if (subscription.clockId !== null) return;
    const dueAt = trialReminderDueAt(subscription);
    if (dueAt === null) await this.jobs.cancel(RemindOfTrial, scope, subscription.id);
    else if (dueAt > now)
      await this.jobs.enqueue(RemindOfTrial, scope, { subscriptionId: subscription.id }, { key: subscription.id, at: dueAt });
  }

  /** A test clock has moved. */
  async clockMoved(scope: Scope, clockId: string, frozenAt: Date, now: Date): Promise<void> {
    for (const subscription of await this.facts.trialsOnClock(scope, clockId)) await this.remind(scope, subscription, frozenAt, now);
  }

  /** The day of a reminder has come. */
  async dayHasCome(scope: Scope, subscriptionId: string, now: Date): Promise<void> {
    const subscription = await this.facts.subscription(scope, subscriptionId);
    if (subscription !== null && subscription.clockId === null) await this.remind(scope, subscription, now, now);
  }

  private async remind(scope: Scope, subscription: KnownSubscription, at: Date, now: Date): Promise<void> {
    const news = trialEndingOf(subscription, at);
    if (news !== null) await this.notifications.tell(scope, news, { customerId: subscription.customerId }, now);
  }
}
