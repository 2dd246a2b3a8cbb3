import { Controller } from '@nestjs/common';
import { CustomerChanged, type EventOf, wireKey } from '@turnpike/contracts-events';
import { type Copy, markDeleted, OnTopic } from '@turnpike/messaging';
import { Database } from '@turnpike/service';
import { KnownFactsService } from './known-facts.service.js';
import { NotificationsService } from './notifications.service.js';

@Controller()
export class OnCustomerChanged {
  constructor(
    private readonly database: Database,
    private readonly facts: KnownFactsService,
    private readonly notifications: NotificationsService,
  ) {}

  @OnTopic(CustomerChanged, { keeps: { table: 'known_customer' }, alsoLocks: invoicesOf })
  async handle({ scope, data }: EventOf<typeof CustomerChanged>): Promise<void> {
    const customer = await this.facts.keepCustomer(scope, data);
    if (customer) await this.notifications.addressWhatWaits(scope, customer, new Date());
  }

  async lapsed(copies: readonly Copy[]): Promise<void> {
    await markDeleted(this.database.current(), 'known_customer', copies, new Date());
  }
}

/** An invoice that comes first waits for its customer's address: neither may look while the other writes. */
function invoicesOf({ scope, data }: EventOf<typeof CustomerChanged>): readonly string[] {
  return data.stripeId === null ? [] : [wireKey(scope, `${data.connectionId}/${data.stripeId}`)];
}
