/** A Turnpike service whose one handler does one UPSERT. */
import { Module } from '@nestjs/common';
import { openRoad, type ServiceRoad } from '@turnpike/messaging';
import { Database, ServiceConfig, startService, type RunningService, type ServiceDefinition } from '@turnpike/service';
import { answer, settings } from '../answer.js';
import { Meter, SESSION_TIMEOUT_MS, type ConsumerSettings } from './consumer-settings.js';
import { OnThingChanged } from './on-thing-changed.js';
import { BenchDeadLetters, benchPlan, ThingChanged } from './thing-changed.js';

@Module({})
class BenchModule {}

const given = settings<ConsumerSettings>();
const meter = new Meter();
let service: RunningService | null = null;

const bench: ServiceDefinition<typeof ServiceConfig, ServiceRoad> = {
  name: 'bench',
  title: 'One UPSERT per message',
  config: ServiceConfig,
  entities: [],
  plan: benchPlan,
  doors: [],
  openRoad: (context) => openRoad(context, BenchDeadLetters, [ThingChanged]),
  module: ({ database }) => ({
    module: BenchModule,
    controllers: [OnThingChanged],
    providers: [
      { provide: Database, useValue: database },
      { provide: Meter, useValue: meter },
    ],
  }),
};

answer(
  {
    async start(): Promise<void> {
      service = await startService(bench, {
        DATABASE_URL: given.databaseUrl,
        INFRASTRUCTURE_DATABASE_URL: given.infrastructureUrl,
        KAFKA_BROKERS: given.brokers.join(','),
        KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
        SERVICE_TOKEN: 'a-service-token-of-24-characters',
        LOG_LEVEL: 'warn',
      });
    },
    progress: () => meter.progress,
  },
  async () => void (await service?.stop()),
);
