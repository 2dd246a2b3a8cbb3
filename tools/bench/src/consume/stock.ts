/** The peer: Nest's own Kafka transport, one transaction per message. */
// For its cure of kafkajs' idle connections, which all contenders get (libs/messaging/src/kafka.ts).
import '@turnpike/messaging';
import { Controller, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { inTransaction, openPool } from '@turnpike/service';
import { answer, settings } from '../answer.js';
import { CONSUMER, Meter, QUIET, type ConsumerSettings } from './consumer-settings.js';
import { SCOPE, ThingChanged, upsert } from './thing-changed.js';

const given = settings<ConsumerSettings>();
const pool = openPool({ url: given.databaseUrl, name: 'stock', size: 10, onError: () => undefined });
const meter = new Meter();
let close: () => Promise<void> = async () => undefined;

@Controller()
class Things {
  constructor(@Inject(Meter) private readonly counts: Meter) {}

  @EventPattern(ThingChanged.name)
  async handle(@Payload() value: unknown): Promise<void> {
    const thing = ThingChanged.data.parse(value);
    await inTransaction(pool, async (client) => {
      await client.query(`select set_config('turnpike.organization', $1, true)`, [SCOPE.organization]);
      await client.query(upsert([SCOPE.organization, thing.thingId, thing.version, thing.filling]));
    });
    this.counts.durable(1);
  }
}

@Module({ controllers: [Things], providers: [{ provide: Meter, useValue: meter }] })
class StockModule {}

answer(
  {
    async start(): Promise<void> {
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(StockModule, {
        logger: false,
        transport: Transport.KAFKA,
        options: {
          client: { clientId: 'stock', brokers: [...given.brokers], logLevel: QUIET },
          consumer: { groupId: `stock-${given.concurrency}`, ...CONSUMER },
          subscribe: { fromBeginning: true },
          run: { partitionsConsumedConcurrently: given.concurrency },
        },
      });
      close = () => app.close();
      await app.listen();
    },
    progress: () => meter.progress,
  },
  async () => {
    await close();
    await pool.end();
  },
);
