import { Controller } from '@nestjs/common';
import { AccessChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { accessMovedOf } from './news.rules.js';
import { NotificationsService } from './notifications.service.js';

@Controller()
export class OnAccessChanged {
  constructor(private readonly notifications: NotificationsService) {}

  @OnTopic(AccessChanged)
  async handle({ scope, data }: EventOf<typeof AccessChanged>): Promise<void> {
    const news = accessMovedOf(data);
    if (news !== null) await this.notifications.tell(scope, news, { customerId: data.customerId }, new Date());
  }
}
