import { Controller } from '@nestjs/common';
import { type EventOf, StripeEventReceived } from '@turnpike/contracts-events';
import { type BuriedMessage, OnTopic } from '@turnpike/messaging';
import { locksOf, Mirror } from '@turnpike/mirror';
import { CUSTOMERS, SUBSCRIPTIONS, TEST_CLOCKS } from './stripe-readings.js';

@Controller()
export class OnStripeEventReceived {
  constructor(private readonly mirror: Mirror) {}

  async prepare(events: readonly EventOf<typeof StripeEventReceived>[]): Promise<void> {
    await this.mirror.prepare(events);
  }

  @OnTopic(StripeEventReceived, { alsoLocks: (event) => locksOf([CUSTOMERS, SUBSCRIPTIONS, TEST_CLOCKS], event) })
  async handle({ scope, data }: EventOf<typeof StripeEventReceived>): Promise<void> {
    await this.mirror.hear(scope, data, new Date());
  }

  async buried(event: EventOf<typeof StripeEventReceived> | null, { scope, key }: BuriedMessage): Promise<void> {
    await this.mirror.doubt(scope, key, event?.data.type ?? null, new Date());
  }
}
