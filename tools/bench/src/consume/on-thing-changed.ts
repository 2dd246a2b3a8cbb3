import { Controller, Inject } from '@nestjs/common';
import type { EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { Database, type Transaction } from '@turnpike/service';
import { Meter } from './consumer-settings.js';
import { ThingChanged, UPSERT } from './thing-changed.js';

@Controller()
export class OnThingChanged {
  private readonly counts = new WeakMap<Transaction, { messages: number }>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Meter) private readonly meter: Meter,
  ) {}

  @OnTopic(ThingChanged)
  async handle({ scope, data }: EventOf<typeof ThingChanged>): Promise<void> {
    const transaction = this.database.current();
    this.count(transaction);
    await transaction.sql(UPSERT, [scope.organization, data.thingId, data.version, data.filling]);
  }

  private count(transaction: Transaction): void {
    const known = this.counts.get(transaction);
    if (known) {
      known.messages++;
      return;
    }
    const count = { messages: 1 };
    this.counts.set(transaction, count);
    transaction.afterCommit('bench', () => this.meter.durable(count.messages));
  }
}
