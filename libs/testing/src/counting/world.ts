import kafkajs from 'kafkajs';
import { partitionOf } from '@turnpike/contracts-events';
import { ensureTopics } from '@turnpike/messaging';
import { setTimeout as sleep } from 'node:timers/promises';
import { brokers, freshDatabases, type FreshDatabases } from '../cluster.js';
import { COUNTING_TOPICS, Counted } from './contracts.js';
import type { NodeSettings } from './node.js';
import { CountingNode } from './nodes.js';
import { readerPlan, writerPlan } from './plans.js';

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

export type Bus = 'in-process' | 'kafka';

/** What the reader's table says against what the writer's says: per message, how often it took effect. */
export interface Account {
  readonly announced: number;
  readonly lost: number;
  readonly doubled: number;
  readonly applied: number;
}

/** Writers and readers on one bus, with databases of their own. */
export class CountingWorld {
  private readonly nodes = new Set<CountingNode>();

  private constructor(
    readonly bus: Bus,
    readonly databases: FreshDatabases,
    private readonly brokerList: readonly string[] | null,
  ) {}

  /** @param brokerList for a test with a broker of its own; otherwise the test run's */
  static async open(bus: Bus, brokerList: readonly string[] | null = null): Promise<CountingWorld> {
    const databases = await freshDatabases([writerPlan, readerPlan]);
    const list = bus === 'kafka' ? (brokerList ?? brokers()) : null;
    if (list) await freshCountingTopics(list);
    return new CountingWorld(bus, databases, list);
  }

  async start(role: 'writer' | 'reader', extra: Partial<NodeSettings> = {}): Promise<CountingNode> {
    const { url, infrastructureUrl } = this.databases.of(role);
    const bus = this.brokerList ? { brokers: [...this.brokerList] } : { busUrl: this.databases.of('bus').infrastructureUrl };
    const node = await CountingNode.start({ role, url, infrastructureUrl, ...bus, ...extra });
    this.nodes.add(node);
    return node;
  }

  /** How many messages committed writers announced, and what became of each. Effects of a poisoned message count like any other. */
  async account(): Promise<Account> {
    const { rows: written } = await this.databases
      .inside('writer')
      .query<{ organization: string; id: string; version: string }>('select organization, id, version from counter');
    const { rows: effects } = await this.databases
      .inside('reader')
      .query<{ organization: string; counter: string; distinct: string; doubled: string; last: string }>(
        `select organization, counter, count(*) as distinct, count(*) filter (where times > 1) as doubled, max(version) as last from effect group by organization, counter`,
      );
    const applied = new Map(effects.map((row) => [`${row.organization}/${row.counter}`, row]));
    let announced = 0;
    let lost = 0;
    let doubled = 0;
    let total = 0;
    for (const row of written) {
      const effect = applied.get(`${row.organization}/${row.id}`);
      announced += Number(row.version);
      lost += Number(row.version) - Number(effect?.distinct ?? 0);
      doubled += Number(effect?.doubled ?? 0);
      total += Number(effect?.distinct ?? 0);
    }
    return { announced, lost, doubled, applied: total };
  }

  /** Waits until everything announced has taken effect, or until nothing moves any more for `quietMs`. */
  async settles(quietMs = 15_000): Promise<Account> {
    let last = await this.account();
    let movedAt = Date.now();
    while (last.lost > 0 && Date.now() - movedAt < quietMs) {
      await sleep(100);
      const now = await this.account();
      if (now.applied !== last.applied || now.announced !== last.announced) movedAt = Date.now();
      last = now;
    }
    return last;
  }

  /** Effects of one counter in the order in which they were made. */
  async history(organization: string, counter: string): Promise<number[]> {
    const { rows } = await this.databases
      .inside('reader')
      .query<{ version: string }>('select version from effect where organization = $1 and counter = $2 order by position', [
        organization,
        counter,
      ]);
    return rows.map((row) => Number(row.version));
  }

  /** Deadlocks that PostgreSQL has broken in a service's database. */
  async deadlocks(service: string): Promise<number> {
    const { rows } = await this.databases
      .inside(service)
      .query<{ deadlocks: string }>('select deadlocks from pg_stat_database where datname = current_database()');
    return Number(rows[0]?.deadlocks ?? 0);
  }

  /** Announced messages that the relay has not booked yet. */
  async backlog(): Promise<number> {
    const { rows: written } = await this.databases.inside('writer').query<{ n: string }>('select count(*) as n from outbox');
    const { rows: sent } = await this.databases
      .inside(this.bus === 'kafka' ? 'writer' : 'bus')
      .query<{ n: string | null }>(`select sum(number) as n from relay_partition where service = 'writer'`);
    return Number(written[0]!.n) - Number(sent[0]!.n ?? 0);
  }

  /** Messages that took effect in one reader process. */
  async handled(reader: CountingNode): Promise<number> {
    const metrics = await reader.ask<string>({ ask: 'metrics' });
    return [...metrics.matchAll(/^turnpike_messages_handled_total\{[^}]*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
  }

  /** Waits until the log has everything announced. */
  async relayed(): Promise<void> {
    for (let tries = 0; tries < 200 && (await this.backlog()) > 0; tries++) await sleep(50);
  }

  /** The offset after the last message of every partition that has one. */
  async logEnds(topic: string): Promise<Array<[number, number]>> {
    if (!this.brokerList) {
      const { rows } = await this.databases
        .inside('bus')
        .query<{ partition: number; end: string }>(
          `select partition, number + 1 as end from relay_partition where topic = $1 order by partition`,
          [topic],
        );
      return rows.map((row) => [row.partition, Number(row.end)]);
    }
    const admin = new Kafka({ clientId: 'test', brokers: [...this.brokerList], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    return offsets
      .map((one): [number, number] => [one.partition, Number(one.high)])
      .filter(([, end]) => end > 0)
      .sort(([a], [b]) => a - b);
  }

  /**
   * Puts messages into the writer's outbox as its transactions would, but many at a time: for a backlog that is there before its reader.
   * @param poisoned the messages (by index) that the reader's handler will fail on
   */
  async fillOutbox(messages: number, counters: number, poisoned: ReadonlySet<number>): Promise<void> {
    const rows = Array.from({ length: messages }, (_, index) => {
      const organization = index % 2 === 0 ? 'acme' : 'globex';
      const counter = `counter-${index % counters}`;
      const key = `${organization}/test/${counter}`;
      const body = { counter, version: Math.floor(index / counters) + 1, ...(poisoned.has(index) ? { poison: 'bug' } : {}) };
      return { organization, key, partition: partitionOf(key), body: JSON.stringify(body) };
    });
    for (let first = 0; first < rows.length; first += 5_000) {
      const some = rows.slice(first, first + 5_000);
      await this.databases.inside('writer').query(
        `insert into outbox (message_id, organization, environment, topic, partition, key, order_key, body)
         select uuidv7(), m.organization, 'test', $1, m.partition, m.key, m.key, convert_to(m.body, 'UTF8')
           from unnest($2::text[], $3::text[], $4::int[], $5::text[]) as m(organization, key, partition, body)`,
        [
          Counted.name,
          some.map((row) => row.organization),
          some.map((row) => row.key),
          some.map((row) => row.partition),
          some.map((row) => row.body),
        ],
      );
    }
  }

  /** Whether the reader's places of the counting state are at these ends of the log. */
  async isReadTo(ends: ReadonlyArray<readonly [number, number]>): Promise<boolean> {
    const { rows } = await this.databases
      .inside('reader')
      .query<{ partition: number; next_offset: string }>(
        `select partition, next_offset from place where organization = '' and topic = 'writer.counted.changed.v1'`,
      );
    const places = new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
    return ends.every(([partition, end]) => (places.get(partition) ?? 0) >= end);
  }

  /** Retention, hurried: the log forgets everything it has of a topic. */
  async cutLog(topic: string): Promise<void> {
    if (this.brokerList) await forget(this.brokerList, topic);
    else {
      const bus = this.databases.inside('bus');
      await bus.query(
        `insert into log_start (topic, partition, first_offset) select topic, partition, max("offset") + 1 from message where topic = $1 group by topic, partition`,
        [topic],
      );
      await bus.query(`delete from message where topic = $1`, [topic]);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.nodes].map((node) => node.stop()));
    await this.databases.drop();
  }
}

async function forget(list: readonly string[], topic: string): Promise<void> {
  const admin = new Kafka({ clientId: 'test', brokers: [...list], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  // A broker deletes records of no topic that is only compacted.
  const policy = (value: string) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'cleanup.policy', value }] }],
    });
  await policy('delete');
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({
    topic,
    partitions: offsets.filter((one) => one.high !== '0').map((one) => ({ partition: one.partition, offset: one.high })),
  });
  await policy('compact');
  await admin.disconnect();
}

/** The counting topics, empty: a test run shares one broker, and each world starts from nothing. */
export async function freshCountingTopics(list: readonly string[]): Promise<void> {
  await ensureTopics({ brokers: list, topics: COUNTING_TOPICS, anew: true });
}
