import { Controller } from '@nestjs/common';
import { type EventOf, StripeEventReceived } from '@turnpike/contracts-events';
import { type BuriedMessage, OnTopic } from '@turnpike/messaging';
import { Mirror } from '@turnpike/mirror';

@Controller()
export class OnStripeEventReceived {
  constructor(private readonly mirror: Mirror) {}

  async prepare(events: readonly EventOf<typeof StripeEventReceived>[]): Promise<void> {
    await this.mirror.prepare(events);
  }

  @OnTopic(StripeEventReceived)
  async handle({ scope, data }: EventOf<typeof StripeEventReceived>): Promise<void> {
    await this.mirror.hear(scope, data, new Date());
  }

  async buried(event: EventOf<typeof StripeEventReceived> | null, { scope, key }: BuriedMessage): Promise<void> {
    await this.mirror.doubt(scope, key, event?.data.type ?? null, new Date());
  }
}
