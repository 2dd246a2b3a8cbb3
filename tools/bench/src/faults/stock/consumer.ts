/** The peer's reader: Nest's own Kafka transport, one transaction per message. */
// For its cure of kafkajs' idle connections, which all get (libs/messaging/src/kafka-client.ts).
import '@turnpike/messaging';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { inTransaction, openPool } from '@turnpike/service';
import kafkajs from 'kafkajs';
import { StockEvent } from './stock-event.js';

const { STOCK_DATABASE_URL: url = '', STOCK_BROKERS: brokers = '' } = process.env;
const pool = openPool({ url, name: 'stock consumer', size: 10, onError: () => undefined });

@Controller()
class Effects {
  @EventPattern(StockEvent.name)
  async handle(@Payload() value: unknown): Promise<void> {
    const { id, isPoison } = StockEvent.data.parse(value);
    if (isPoison) throw new Error(`Poison: ${id}.`);
    await inTransaction(pool, (session) =>
      session.query('insert into effect (id, times) values ($1, 1) on conflict (id) do update set times = effect.times + 1', [id]),
    );
  }
}

@Module({ controllers: [Effects] })
class StockModule {}

const app = await NestFactory.createMicroservice<MicroserviceOptions>(StockModule, {
  logger: false,
  transport: Transport.KAFKA,
  options: {
    client: { clientId: 'stock', brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING },
    consumer: { groupId: 'stock', sessionTimeout: 2_000, heartbeatInterval: 200, rebalanceTimeout: 4_000, allowAutoTopicCreation: false },
    subscribe: { fromBeginning: true },
    run: { partitionsConsumedConcurrently: 8 },
  },
});
await app.listen();
process.once('SIGTERM', () => void app.close().finally(() => process.exit(0)));
process.once('disconnect', () => process.exit(0));
// It takes no requests: the word says only that it runs.
process.send?.({ listening: 'http://127.0.0.1:0' });
