import { kafkaVersion } from '@turnpike/local-kafka';
import type { ProvisionedDatabase } from '@turnpike/service';
import { Child } from '../child.js';
import { Cluster } from '../cluster.js';
import { CORES, describeMachine } from '../machine.js';
import type { Measured, Report } from '../report.js';
import { type Contender, type Effort, inTurns, type Run } from '../rounds.js';
import { Broker } from './broker.js';
import type { ConsumerSettings, Progress } from './consumer-settings.js';
import { benchPlan } from './thing-changed.js';

const OURS = 'ours';
const BARE = 'bare eachBatch';
const STOCK = 'stock Nest at concurrency 8';
const STOCK_ALONE = 'stock Nest at concurrency 1';
const PATIENCE_MS = 120_000;

/** P9: how many messages a second a handler with one UPSERT gets through. */
export async function consume(effort: Effort, tell: (line: string) => void): Promise<Report> {
  const cluster = await Cluster.start();
  tell('Starting Kafka …');
  const broker = await Broker.start();
  try {
    const machine = describeMachine({ PostgreSQL: cluster.version, Kafka: await kafkaVersion() });
    const contender = async (name: string, program: string, database: string, concurrency = 0) => {
      const group = concurrency > 0 ? `stock-${concurrency}-server` : null;
      return new Consuming(
        name,
        new URL(program, import.meta.url),
        { cluster, broker },
        await cluster.provision(benchPlan, database),
        database,
        concurrency,
        group,
      );
    };
    const contenders = [
      await contender(OURS, './ours.ts', 'ours'),
      await contender(BARE, './bare.ts', 'bare'),
      await contender(STOCK, './stock.ts', 'stock8', 8),
      await contender(STOCK_ALONE, './stock.ts', 'stock1', 1),
    ];
    const measured = await inTurns(contenders, effort, () => cluster.analyze(), tell);
    const found = (name: string): Measured => {
      const one = measured.get(name);
      if (!one) throw new Error(`${name} was not measured.`);
      return one;
    };
    return {
      bench: 'consume',
      unit: 'messages/s',
      machine,
      cases: [
        { case: 'consume', ours: found(OURS), theirs: found(STOCK), limit: found(BARE) },
        { case: 'consume, stock one by one', ours: found(OURS), theirs: found(STOCK_ALONE), limit: found(BARE) },
      ],
      notes: [
        'theirs: Nest’s own ServerKafka, one transaction per message, at concurrency 8, and 1 for context',
        'limit: kafkajs eachBatch, the same UPSERT in the same kind of transaction of at most 100 messages, its offset kept in a row',
        'the broker is on the load’s core, consumers and PostgreSQL on the other; joining the group is not counted',
      ],
    };
  } finally {
    await broker.stop();
    await cluster.stop();
  }
}

/** A consumer that is started anew for each run, on messages that nobody has read yet. */
class Consuming implements Contender {
  constructor(
    readonly name: string,
    private readonly program: URL,
    private readonly servers: { readonly cluster: Cluster; readonly broker: Broker },
    private readonly database: ProvisionedDatabase,
    private readonly prefix: string,
    private readonly concurrency: number,
    /** Whose offsets are kept in Kafka, null when they are kept in rows. */
    private readonly group: string | null,
  ) {}

  async run(messages: number): Promise<Run> {
    const { cluster, broker } = this.servers;
    await this.skipWhatOthersRead();
    // A process is started for each run, so each run begins with its warm-up: as many messages again.
    await broker.append(2 * messages);
    await cluster.checkpoint();
    const times = () => cluster.number(`${this.prefix}_bench`, 'select sum(times) as n from thing');
    const before = await times();
    const { url, infrastructureUrl } = this.database;
    const settings: ConsumerSettings = { brokers: broker.brokers, databaseUrl: url, infrastructureUrl, concurrency: this.concurrency };
    const child = Child.start(this.program, CORES.measured, settings);
    try {
      await child.ask('start');
      const begin = await until(child, ({ done }) => done >= messages);
      const cpuBefore = cluster.cpuMsWith(child.pid);
      const end = await until(child, ({ done }) => done >= 2 * messages);
      const cpuMs = cluster.cpuMsWith(child.pid) - cpuBefore;
      const effects = (await times()) - before;
      if (effects !== 2 * messages) throw new Error(`${this.name} had ${2 * messages} messages to read and has ${effects} effects.`);
      return { items: end.done - begin.done, ms: end.lastAt - begin.lastAt, cpuMs, p50: null, p99: null };
    } finally {
      await child.stop();
    }
  }

  /** All read one topic; each run reads only its own messages. */
  private async skipWhatOthersRead(): Promise<void> {
    const { cluster, broker } = this.servers;
    if (this.group) return broker.skipToEnd(this.group);
    for (const { partition, head } of await broker.heads()) {
      await cluster.inside(`${this.prefix}_bench`).query(
        `insert into place (organization, topic, partition, log, epoch, number, next_offset)
         select organization, $1, $2, 'bench', 1, $3, $3 from unnest(array['', 'bench']) as organization
         on conflict (organization, topic, partition) do update set next_offset = excluded.next_offset, number = excluded.number, epoch = 1`,
        [broker.topic, partition, head],
      );
    }
  }
}

async function until(child: Child, isSo: (progress: Progress) => boolean): Promise<Progress> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const progress = await child.ask<Progress>('progress');
    if (isSo(progress)) return progress;
    if (Date.now() > end) throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain; ${progress.done} messages were handled.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
