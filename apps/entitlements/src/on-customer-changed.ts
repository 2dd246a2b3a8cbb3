import { Controller } from '@nestjs/common';
import { type EventOf, CustomerChanged } from '@turnpike/contracts-events';
import { type Copy, OnTopic } from '@turnpike/messaging';
import { KnownFactsService } from './known-facts.service.js';

@Controller()
export class OnCustomerChanged {
  constructor(private readonly facts: KnownFactsService) {}

  async prepare(events: readonly EventOf<typeof CustomerChanged>[]): Promise<void> {
    await this.facts.prepareCustomers(events);
  }

  @OnTopic(CustomerChanged, { keeps: { table: 'known_customer' } })
  async handle({ scope, data }: EventOf<typeof CustomerChanged>): Promise<void> {
    await this.facts.keepCustomer(scope, data, new Date());
  }

  async lapsed(copies: readonly Copy[]): Promise<void> {
    await this.facts.loseCustomers(copies, new Date());
  }
}
