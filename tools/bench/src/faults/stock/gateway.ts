/** The peer's way in: store, commit, emit by Nest's own Kafka client, answer. */
// For its cure of kafkajs' idle connections, which all get (libs/messaging/src/kafka-client.ts).
import '@turnpike/messaging';
import { ClientKafka } from '@nestjs/microservices';
import { inTransaction, openPool } from '@turnpike/service';
import fastify from 'fastify';
import kafkajs from 'kafkajs';
import { lastValueFrom } from 'rxjs';
import { StockEvent } from './stock-event.js';

const { STOCK_DATABASE_URL: url = '', STOCK_BROKERS: brokers = '', STOCK_MODE: mode } = process.env;
const pool = openPool({ url, name: 'stock gateway', size: 10, onError: () => undefined });
const client = new ClientKafka({
  client: { clientId: 'stock-gateway', brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING },
  producerOnlyMode: true,
  producer: { allowAutoTopicCreation: false },
});
await client.connect();

const emit = (id: string) => lastValueFrom(client.emit(StockEvent.name, { key: id, value: { id } }));
const server = fastify();
server.post<{ Body: { id: string } }>('/webhooks/stripe/:connectionId', async ({ body: { id } }) => {
  if (mode === 'in-request') {
    await emit(id);
    return { received: true };
  }
  const isNew = await inTransaction(pool, async (session) => {
    const { rowCount } = await session.query('insert into event (id) values ($1) on conflict do nothing', [id]);
    return rowCount === 1;
  });
  if (isNew) await emit(id);
  return { received: true };
});
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
process.send?.({ listening: await server.listen({ port: 0, host: '127.0.0.1' }) });
