import { Controller } from '@nestjs/common';
import { type EventOf, InvoiceChanged } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { paymentFailedOf } from './news.rules.js';
import { NotificationsService } from './notifications.service.js';

@Controller()
export class OnInvoiceChanged {
  constructor(private readonly notifications: NotificationsService) {}

  @OnTopic(InvoiceChanged)
  async handle({ scope, data }: EventOf<typeof InvoiceChanged>): Promise<void> {
    const { connectionId, stripeCustomerId } = data;
    const news = paymentFailedOf(data);
    if (news !== null && stripeCustomerId !== null)
      await this.notifications.tell(scope, news, { connectionId, stripeCustomerId }, new Date());
  }
}
