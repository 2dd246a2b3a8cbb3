import { Controller } from '@nestjs/common';
import { type EventOf, StripeEventReceived } from '@turnpike/contracts-events';
import { type BuriedMessage, OnTopic } from '@turnpike/messaging';
import { Mirror } from '@turnpike/mirror';
import { StripeEventsService } from './stripe-events.service.js';

@Controller()
export class OnStripeEventReceived {
  constructor(
    private readonly events: StripeEventsService,
    private readonly mirror: Mirror,
  ) {}

  async prepare(events: readonly EventOf<typeof StripeEventReceived>[]): Promise<void> {
    await this.mirror.prepare(events);
  }

  @OnTopic(StripeEventReceived)
  async handle(event: EventOf<typeof StripeEventReceived>): Promise<void> {
    await this.events.hear(event, new Date());
  }

  async buried(event: EventOf<typeof StripeEventReceived> | null, { scope, key }: BuriedMessage): Promise<void> {
    await this.mirror.doubt(scope, key, event?.data.type ?? null, new Date());
  }
}
