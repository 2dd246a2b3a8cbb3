/** The same hops and commits, bare: an event stored; sent; a row kept; sent; another row kept; sent; held in memory, and answered. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
// For its cure of kafkajs' idle connections, which all contenders get (libs/messaging/src/kafka-client.ts).
import '@turnpike/messaging';
import { openPool } from '@turnpike/service';
import kafkajs, { type Message } from 'kafkajs';
import { answer, settings } from '../answer.js';
import { QUIET } from '../kafka-broker.js';
import { type Fact, Granted, Kept, Received } from './floor-topics.js';
import type { Doors } from './load.js';
import { PRICES, SEATS } from './moving-plans.js';

export interface FloorSettings {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

const given = settings<FloorSettings>();
const pool = openPool({ url: given.databaseUrl, name: 'floor', size: 10, onError: () => undefined });
const kafka = new kafkajs.Kafka({ clientId: 'floor', brokers: [...given.brokers], logLevel: QUIET, retry: { retries: 20 } });
const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
const held = new Map<string, string>();
const waiting = new Map<string, Message[]>();
const stops: Array<() => Promise<void>> = [];
let isSending = false;

answer(
  {
    async start(): Promise<Doors> {
      await pool.query(`create table received (id text primary key, body bytea not null);
        create table kept (customer text primary key, price text not null);
        create table granted (customer text primary key, seats int not null)`);
      await producer.connect();
      await consume(Received.name, async (facts) => {
        await upsert(
          'kept',
          'customer, price',
          facts.map(({ customer, price }) => [customer, price]),
        );
        send(Kept.name, facts);
      });
      await consume(Kept.name, async (facts) => {
        await upsert(
          'granted',
          'customer, seats',
          facts.map(({ customer, price }) => [customer, seatsOf(price)]),
        );
        send(Granted.name, facts);
      });
      await consume(Granted.name, async (facts) => facts.forEach(({ customer, price }) => held.set(customer, price)));
      const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => void handle(request, response));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      // A server that listens on a port has an address of this kind.
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return { webhooks: `${url}/webhooks`, checks: `${url}/checks` };
    },
  },
  async () => {
    for (const stop of stops) await stop();
    await producer.disconnect();
    await pool.end();
  },
);

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'POST') {
    const body = await buffer(request);
    const event: { id: string; data: { object: { customer: string; items: { data: Array<{ price: { id: string } }> } } } } = JSON.parse(
      body.toString(),
    );
    await pool.query({
      name: 'receive',
      text: 'insert into received (id, body) values ($1, $2) on conflict do nothing',
      values: [event.id, body],
    });
    end(response, { received: true });
    const { customer, items } = event.data.object;
    send(Received.name, [{ customer, price: items.data[0]?.price.id ?? '' }]);
    return;
  }
  const [, , customer = ''] = (request.url ?? '').split('/');
  end(response, { value: seatsOf(held.get(customer) ?? '') });
}

function end(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

function seatsOf(price: string): number {
  return SEATS[PRICES.indexOf(price)] ?? 0;
}

/** Each once, the last one: two of one customer are not for one statement. */
async function upsert(table: string, columns: string, rows: ReadonlyArray<readonly [string, string | number]>): Promise<void> {
  const last = [...new Map(rows)];
  const [key, value] = columns.split(', ');
  await pool.query({
    name: table,
    text: `insert into ${table} (${columns}) select * from unnest($1::text[], $2::${table === 'kept' ? 'text' : 'int'}[])
      on conflict (${key}) do update set ${value} = excluded.${value}`,
    values: [last.map(([customer]) => customer), last.map(([, one]) => one)],
  });
}

/** What comes while a request is under way goes with the next. */
function send(topic: string, facts: readonly Fact[]): void {
  const messages = waiting.get(topic) ?? [];
  messages.push(...facts.map((fact) => ({ key: fact.customer, value: JSON.stringify(fact) })));
  waiting.set(topic, messages);
  if (!isSending) void flush();
}

async function flush(): Promise<void> {
  isSending = true;
  while (waiting.size > 0) {
    const topicMessages = [...waiting].map(([topic, messages]) => ({ topic, messages }));
    waiting.clear();
    await producer.sendBatch({ acks: -1, topicMessages });
  }
  isSending = false;
}

async function consume(topic: string, work: (facts: readonly Fact[]) => Promise<void>): Promise<void> {
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 500, allowAutoTopicCreation: false });
  stops.push(() => consumer.disconnect());
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 3,
    eachBatch: async ({ batch }) => work(batch.messages.map(({ value }): Fact => JSON.parse(value?.toString() ?? ''))),
  });
  await joined;
}
