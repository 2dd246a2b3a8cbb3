import { Controller } from '@nestjs/common';
import { ClockChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { KnownFactsService } from './known-facts.service.js';
import { TrialRemindersService } from './trial-reminders.service.js';

@Controller()
export class OnClockChanged {
  constructor(
    private readonly facts: KnownFactsService,
    private readonly reminders: TrialRemindersService,
  ) {}

  @OnTopic(ClockChanged, { keeps: { table: 'known_clock' } })
  async handle({ scope, data }: EventOf<typeof ClockChanged>): Promise<void> {
    const clock = await this.facts.keepClock(scope, data);
    if (clock) await this.reminders.clockMoved(scope, clock.id, clock.frozenAt, new Date());
  }
}
