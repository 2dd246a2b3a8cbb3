import { Controller } from '@nestjs/common';
import { type EventOf, HistoryGapFound, withoutScope } from '@turnpike/contracts-events';
import { type BuriedMessage, OnTopic } from '@turnpike/messaging';
import { Mirror } from '@turnpike/mirror';

/** Events will never tell what happened for a while: everything is read from Stripe's lists. */
@Controller()
export class OnHistoryGapFound {
  constructor(private readonly mirror: Mirror) {}

  @OnTopic(HistoryGapFound)
  async handle({ scope, data }: EventOf<typeof HistoryGapFound>): Promise<void> {
    await this.mirror.fills.missingHistory(scope, data, new Date());
  }

  /** What it said is lost, but for the connection: a walk that begins from now on covers whatever it was. */
  async buried(_: EventOf<typeof HistoryGapFound> | null, { scope, key }: BuriedMessage): Promise<void> {
    const now = new Date();
    await this.mirror.fills.missingHistory(scope, { connectionId: withoutScope(key), until: now.toISOString() }, now);
  }
}
