import { Controller } from '@nestjs/common';
import { ClockChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { KnownFactsService } from './known-facts.service.js';

@Controller()
export class OnClockChanged {
  constructor(private readonly facts: KnownFactsService) {}

  @OnTopic(ClockChanged, { keeps: { table: 'known_clock' } })
  async handle({ scope, data }: EventOf<typeof ClockChanged>): Promise<void> {
    await this.facts.keepClock(scope, data);
  }
}
