/** What stands on the bus before the clock runs: told by the outbox and the relay of a gateway that does nothing else. */
import { defineDeadLetters, StripeEventReceived, type Scope } from '@turnpike/contracts-events';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import { Database, Log, ServiceConfig } from '@turnpike/service';
import { Registry } from 'prom-client';
import { answer, settings } from '../answer.js';
import { type Batch, bodyOf, toldOf } from './told-events.js';

export interface WriterSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly scope: Scope;
  readonly connectionId: string;
}

const PER_TRANSACTION = 500;
const given = settings<WriterSettings>();
let opened: { database: Database; road: ServiceRoad } | null = null;

answer(
  {
    async start(): Promise<void> {
      const config = ServiceConfig.parse(given.environment);
      const database = await Database.open({ url: config.DATABASE_URL, service: 'gateway', entities: [] });
      const parts = { name: 'gateway', config, database, registry: new Registry(), log: Log.of('gateway', 'warn') };
      const road = await openRoad(parts, defineDeadLetters('gateway'));
      await road.start();
      opened = { database, road };
    },
    async tell(batch: Batch): Promise<void> {
      if (!opened) throw new Error('Start it first.');
      const { database, road } = opened;
      const now = Math.floor(Date.now() / 1000);
      for (let first = 0; first < batch.items; first += PER_TRANSACTION) {
        await database.transaction(given.scope.organization, async () => {
          for (let at = first; at < Math.min(batch.items, first + PER_TRANSACTION); at++)
            road.outbox.announce(StripeEventReceived, given.scope, toldOf(bodyOf(batch, at, now), given.connectionId));
        });
      }
    },
  },
  async () => {
    await opened?.road.stop();
    await opened?.database.close();
  },
);
