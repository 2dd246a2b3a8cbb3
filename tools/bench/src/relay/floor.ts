/** kafkajs by itself: what the broker and its client can do at most, and how soon one message can be there. */
// For its cure of kafkajs' idle connections, which all contenders get (libs/messaging/src/kafka-client.ts).
import '@turnpike/messaging';
import { partitionOf, toHeaders } from '@turnpike/contracts-events';
import { inTransaction, openPool } from '@turnpike/service';
import kafkajs, { type Message } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';
import { answer, settings } from '../answer.js';
import { QUIET } from '../kafka-broker.js';
import { percentileOf } from '../statistics.js';
import type { Latencies, OursSettings } from './ours.js';
import { openLoop, type Stream } from '../open-loop.js';
import { ACCOUNTS, filledTransfer, keys, SCOPE, STATEMENTS, TransferPosted } from './transfer-posted.js';

/** As the relay sends: so many messages in a request, one request under way, all replicas asked, no compression. */
const PER_REQUEST = 1_000;
const given = settings<OursSettings>();
const kafka = new kafkajs.Kafka({ clientId: 'floor', brokers: [...given.brokers], logLevel: QUIET });
const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
const pool = openPool({ url: given.databaseUrl, name: 'floor', size: 16, onError: () => undefined });
const topic = TransferPosted.name;

answer(
  {
    start: (): Promise<void> => producer.connect(),
    async produce(messages: number): Promise<{ ms: number }> {
      const page = keys(PER_REQUEST).map((one, at) => messageOf(one, at));
      const begun = performance.now();
      for (let left = messages; left > 0; left -= PER_REQUEST)
        await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages: page.slice(0, Math.min(left, PER_REQUEST)) }] });
      return { ms: performance.now() - begun };
    },
    async stream(stream: Stream): Promise<Latencies> {
      const latencies: number[] = [];
      const names = keys(stream.perSecond * stream.seconds);
      await openLoop(stream, async (at) => {
        await inTransaction(pool, async (client) => {
          await client.query(`select set_config('turnpike.organization', $1, true)`, [SCOPE.organization]);
          await client.query({ name: 'account', text: STATEMENTS.account, values: [1 + (at % ACCOUNTS), 1] });
        });
        const committedAt = performance.now();
        const message = messageOf(names[at] ?? { key: '', partition: 0 }, at);
        await producer.send({ topic, acks: -1, messages: [message] });
        latencies.push(performance.now() - committedAt);
      });
      return { items: latencies.length, p50: percentileOf(latencies, 0.5), p99: percentileOf(latencies, 0.99) };
    },
  },
  async () => {
    await producer.disconnect();
    await pool.end();
  },
);

function messageOf({ key }: { key: string }, at: number): Message {
  const headers = toHeaders({ id: uuidv7(), topic, at: new Date(), key, orderKey: key, scope: SCOPE, epoch: 1, number: BigInt(at) });
  return { key, partition: partitionOf(key), headers, value: JSON.stringify(filledTransfer(at)) };
}
