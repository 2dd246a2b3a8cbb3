import { Controller } from '@nestjs/common';
import { type EventOf, StripeEventReceived } from '@turnpike/contracts-events';
import { type BuriedMessage, OnTopic } from '@turnpike/messaging';
import { customerNamedBy, orderKeyOf } from './stripe-object.js';
import { StripeObjectsService } from './stripe-objects.service.js';

@Controller()
export class OnStripeEventReceived {
  constructor(private readonly objects: StripeObjectsService) {}

  async prepare(events: readonly EventOf<typeof StripeEventReceived>[]): Promise<void> {
    await this.objects.prepare(events);
  }

  @OnTopic(StripeEventReceived, { alsoLocks: customerOf })
  async handle({ scope, data }: EventOf<typeof StripeEventReceived>): Promise<void> {
    await this.objects.hear(scope, data, new Date());
  }

  async buried(event: EventOf<typeof StripeEventReceived> | null, { scope, key }: BuriedMessage): Promise<void> {
    await this.objects.doubt(scope, key, event?.data.type ?? null, new Date());
  }
}

/** A subscription may make a row for a customer of whom nothing has been heard (road, Settled 5). */
function customerOf({ scope, data }: EventOf<typeof StripeEventReceived>): readonly string[] {
  const stripeId = customerNamedBy(data);
  return stripeId === null ? [] : [orderKeyOf({ scope, connectionId: data.connectionId, stripeId })];
}
