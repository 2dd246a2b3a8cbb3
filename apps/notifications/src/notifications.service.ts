import { Injectable } from '@nestjs/common';
import { NotificationSent, type Scope } from '@turnpike/contracts-events';
import type { NotificationsListRequest } from '@turnpike/contracts-http';
import { Jobs } from '@turnpike/jobs';
import { Outbox } from '@turnpike/messaging';
import { Database, isId, newId, pageOptions, pageWhere } from '@turnpike/service';
import { Channels } from './channels.js';
import { KnownClock } from './known-clock.entity.js';
import { KnownCustomer } from './known-customer.entity.js';
import { mailOf } from './mail.rules.js';
import { isStillNews, type News } from './news.rules.js';
import { NotificationNotFound } from './notification-not-found.error.js';
import { NotificationRule } from './notification-rule.entity.js';
import { Notification } from './notification.entity.js';
import { SendNotification } from './send-notification.js';

/** Whom news is about: our customer, or Stripe's where ours is not known yet. */
export type About = { readonly customerId: string } | { readonly connectionId: string; readonly stripeCustomerId: string };

/** What customers are told, once for each cause. Every method runs in the transaction of its caller. */
@Injectable()
export class NotificationsService {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly jobs: Jobs,
    private readonly channels: Channels,
  ) {}

  /** Silent for what was told before, what nobody wants to be told, and what is no news any more. */
  async tell(scope: Scope, news: News, about: About, now: Date): Promise<void> {
    const { em } = this.database.current();
    const { organization, environment } = scope;
    const notificationScope = news.happening.scope;
    if ((await em.findOne(NotificationRule, { organization, environment, notificationScope }))?.isOn === false) return;
    if (await em.findOne(Notification, { organization, environment, cause: news.cause })) return;
    const customer = await em.findOne(
      KnownCustomer,
      'customerId' in about
        ? { organization, environment, id: about.customerId }
        : { organization, environment, connectionId: about.connectionId, stripeId: about.stripeCustomerId },
    );
    if (!isStillNews(news, await this.clockAt(scope, customer), now)) return;

    const id = newId('n');
    const notification = em.create(Notification, {
      organization,
      environment,
      id,
      notificationScope,
      cause: news.cause,
      customerId: 'customerId' in about ? about.customerId : (customer?.id ?? null),
      connectionId: 'connectionId' in about ? about.connectionId : null,
      stripeCustomerId: 'stripeCustomerId' in about ? about.stripeCustomerId : null,
      channel: 'mailbox',
      status: 'no-address',
      recipient: null,
      ...mailOf(news.happening, customer?.name ?? null),
      messageId: `<${id}@${this.channels.domain}>`,
      attempts: 0,
      lastError: null,
      happenedAt: news.at,
      createdAt: now,
      sentAt: null,
      revision: 1,
    });
    if (customer) await this.address(scope, notification, customer, now);
  }

  /** A customer's address became known: what waited for it goes out. */
  async addressWhatWaits(scope: Scope, customer: KnownCustomer, now: Date): Promise<void> {
    if (customer.email === null) return;
    const { organization, environment } = scope;
    const waiting = await this.database.current().em.find(Notification, {
      organization,
      environment,
      status: 'no-address',
      $or: [
        { customerId: customer.id },
        ...(customer.stripeId === null ? [] : [{ connectionId: customer.connectionId, stripeCustomerId: customer.stripeId }]),
      ],
    });
    for (const notification of waiting) await this.address(scope, notification, customer, now);
  }

  /** Counts one more try. @returns null when there is nothing left to send */
  async nextTry(scope: Scope, id: string): Promise<Notification | null> {
    const { organization, environment } = scope;
    const notification = await this.database.current().em.findOne(Notification, { organization, environment, id, status: 'waiting' });
    if (notification) notification.attempts += 1;
    return notification;
  }

  /** The mail server took it. A second time is nothing new: a try that was cut off is repeated. */
  async sent(scope: Scope, id: string, now: Date): Promise<void> {
    const notification = await this.one(scope, id);
    if (notification.status === 'waiting') this.markSent(scope, notification, now);
  }

  /** The mail server did not take it. @param isFinal whether it said that it never will */
  async notSent(scope: Scope, id: string, error: string, isFinal: boolean): Promise<void> {
    const notification = await this.one(scope, id);
    notification.lastError = error;
    if (isFinal) notification.status = 'refused';
  }

  /** @throws NotificationNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Notification> {
    const { em } = this.database.current();
    const notification = isId('n', id) ? await em.findOne(Notification, { organization, environment, id }) : null;
    if (!notification) throw new NotificationNotFound(id);
    return notification;
  }

  /** Newest first; one more than the page has, where there are more. @param channel null: all; otherwise what was sent that way */
  list({ organization, environment }: Scope, query: NotificationsListRequest, channel: 'mailbox' | null): Promise<Notification[]> {
    const { customer } = query;
    return this.database.current().em.find(
      Notification,
      {
        organization,
        environment,
        ...(customer === undefined ? {} : { customerId: customer }),
        ...(channel === null ? {} : { channel, status: 'sent' as const }),
        ...pageWhere(query, (text) => isId('n', text)),
      },
      pageOptions(query),
    );
  }

  private async address(scope: Scope, notification: Notification, customer: KnownCustomer, now: Date): Promise<void> {
    notification.customerId = customer.id;
    if (customer.email === null) return;
    notification.recipient = customer.email;
    notification.channel = this.channels.channelFor(scope.environment, customer.email);
    notification.status = 'waiting';
    // In the mailbox it is where it is read: there is nothing left to do.
    if (notification.channel === 'mailbox') return this.markSent(scope, notification, now);
    await this.jobs.enqueue(SendNotification, scope, { notificationId: notification.id }, { key: notification.id });
  }

  private markSent(scope: Scope, notification: Notification, now: Date): void {
    notification.status = 'sent';
    notification.sentAt = now;
    notification.lastError = null;
    if (notification.customerId === null) throw new Error(`${notification.id} was sent to nobody.`);
    this.outbox.announce(NotificationSent, scope, {
      notificationId: notification.id,
      notificationScope: notification.notificationScope,
      customerId: notification.customerId,
      channel: notification.channel,
      cause: notification.cause,
      messageId: notification.messageId,
      sentAt: now.toISOString(),
    });
  }

  private async clockAt({ organization, environment }: Scope, customer: KnownCustomer | null): Promise<Date | null> {
    if (customer === null || customer.clockId === null) return null;
    const clock = await this.database.current().em.findOne(KnownClock, { organization, environment, id: customer.clockId });
    return clock?.frozenAt ?? new Date(0);
  }
}
