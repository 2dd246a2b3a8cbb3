import { randomUUID } from 'node:crypto';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Scope } from '@turnpike/contracts-events';
import { type Database, type Log, traced, traceparent, type Transaction } from '@turnpike/service';
import { PgBoss, type ConstructorOptions, type QueueOptions } from 'pg-boss';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Job } from './define-job.js';
import { JOB_SCHEMA } from './job-tables.js';
import { JobMetrics } from './job.metrics.js';

/** Whose work one run of a job does, and which try it is. */
export interface JobRun {
  readonly scope: Scope;
  /** The same for every try of the same job. */
  readonly id: string;
}

/** Does the work, outside any transaction: it opens its own. A throw means "again, later". */
export type JobWork<Schema extends z.ZodType> = (data: z.output<Schema>, run: JobRun) => Promise<void>;

export interface EnqueueOptions {
  /** Not before then. At once unless told. */
  readonly at?: Date;
  /** At most one job of this key waits; another enqueueing changes what it is told and when it runs. */
  readonly key?: string;
  /** What waits under the key already is left as it is: for a try again, which must not put off what somebody has asked for meanwhile. */
  readonly unlessWaiting?: boolean;
}

const POLL_SECONDS = 1;
/** A process that was killed lets go of its jobs after so long. */
const HEARTBEAT_SECONDS = 10;
const SUPERVISE_SECONDS = 10;
const A_YEAR_SECONDS = 366 * 24 * 3600;

const Told = z.object({ scope: Scope, data: z.unknown(), traceparent: z.string().optional() });

/**
 * A service's delayed and repeated work, kept in its own database by pg-boss: enqueued in the business transaction, so that it exists
 * exactly if what caused it does; run by whichever replica is free; tried again after a failure or a kill. A run that was cut off is
 * repeated, so work must stand being done twice.
 */
export class Jobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly boss: PgBoss;
  private readonly works = new Map<string, { job: Job; work: (data: unknown, run: JobRun) => Promise<void> }>();
  private readonly workers = new Map<string, string>();
  private readonly metrics: JobMetrics | null;

  constructor(
    private readonly database: Database,
    url: string,
    private readonly service: string,
    private readonly log: Log,
    registry?: Registry,
  ) {
    this.metrics = registry ? new JobMetrics(registry, () => this.boss.getQueues()) : null;
    this.boss = new PgBoss(bossOptions(url, service));
    this.boss.on('error', (error) => log.warn('jobs.not-looked-after', { error, willRetry: true }));
  }

  /** Says who does a job. Call before the service starts: in a constructor or a module's factory. */
  handle<Schema extends z.ZodType>(job: Job<Schema>, work: JobWork<Schema>): void {
    if (this.works.has(job.name)) throw new Error(`${this.service} has two ways to ${job.name}.`);
    this.works.set(job.name, { job, work: (data, run) => work(job.data.parse(data), run) });
  }

  /** Enqueues in the current transaction. @throws Error outside one */
  async enqueue<Schema extends z.ZodType>(
    job: Job<Schema>,
    scope: Scope,
    data: z.output<Schema>,
    { at, key, unlessWaiting = false }: EnqueueOptions = {},
  ): Promise<void> {
    const transaction = this.database.current();
    const from = traceparent();
    const told = { scope, data: job.data.parse(data), ...(from === null ? {} : { traceparent: from }) };
    const options = { db: through(transaction), ...(at ? { startAfter: at } : {}) };
    // The queue lets one job of a key wait, and no key is a key to it: without one of its own, a second job would vanish without a word.
    if (key === undefined) await this.boss.send(job.name, told, { ...options, singletonKey: randomUUID() });
    // Sent, a second one of a key that waits is dropped.
    else if (unlessWaiting) await this.boss.send(job.name, told, { ...options, singletonKey: keyOf(scope, key) });
    else await this.boss.upsert(job.name, told, { ...options, startAfter: at ?? new Date(), singletonKey: keyOf(scope, key) });
    const isDue = at === undefined || at.getTime() <= Date.now();
    if (isDue) transaction.afterCommit(`job ${job.name}`, () => this.wake(job.name));
  }

  /** Takes back what waits under a key, in the current transaction; what runs already goes on. */
  async cancel(job: Job, scope: Scope, key: string): Promise<void> {
    await this.database
      .current()
      .sql(`delete from ${JOB_SCHEMA}.job where name = $1 and singleton_key = $2 and state in ('created', 'retry')`, [
        job.name,
        keyOf(scope, key),
      ]);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.boss.start();
    for (const { job, work } of this.works.values()) {
      await this.boss.createQueue(job.name, { policy: 'short', ...queueOptions(job) });
      await this.boss.updateQueue(job.name, queueOptions(job));
      const worker = await this.boss.work(job.name, { pollingIntervalSeconds: POLL_SECONDS, batchSize: 1 }, async (batch) => {
        for (const one of batch) await this.run(job, one, work);
        this.wake(job.name); // where one was, there may be more: they need not wait a poll each
      });
      this.workers.set(job.name, worker);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.boss.stop({ graceful: true, timeout: 10_000 });
  }

  private async run(
    job: Job,
    { id, data }: { id: string; data: unknown },
    work: (data: unknown, run: JobRun) => Promise<void>,
  ): Promise<void> {
    const begun = performance.now();
    let outcome: 'done' | 'failed' = 'failed';
    try {
      const { scope, data: told, traceparent: from } = Told.parse(data);
      const facts = { 'turnpike.job': job.name, 'turnpike.organization': scope.organization };
      await traced(this.service, { name: `job ${job.name}`, kind: 'consumer', facts, from }, () => work(told, { scope, id }));
      outcome = 'done';
      this.log.debug('job.done', { job: job.name, id, organization: scope.organization });
    } catch (error) {
      this.log.warn('job.failed', { job: job.name, id, error: error instanceof Error ? error : new Error(String(error)), willRetry: true });
      throw error;
    } finally {
      this.metrics?.ran(job.name, outcome, (performance.now() - begun) / 1000);
    }
  }

  private wake(name: string): void {
    const worker = this.workers.get(name);
    if (worker !== undefined) this.boss.notifyWorker(worker);
  }
}

function bossOptions(url: string, service: string): ConstructorOptions {
  return {
    connectionString: url,
    application_name: `turnpike ${service} jobs`,
    schema: JOB_SCHEMA,
    max: 2,
    // The tables were made by a migration, and the service role may not change them.
    migrate: false,
    createSchema: false,
    reindex: false,
    monitorVacuum: false,
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
  };
}

function queueOptions({ retries }: Job): QueueOptions {
  return {
    retryLimit: retries,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 3600,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: 3600,
    retentionSeconds: A_YEAR_SECONDS,
    deleteAfterSeconds: 3600,
  };
}

/** Two organizations may have chosen the same key. */
function keyOf(scope: Scope, key: string): string {
  return `${scope.organization}/${scope.environment}/${key}`;
}

function through(transaction: Transaction): { executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }> } {
  return { executeSql: async (text, values = []) => ({ rows: await transaction.sql(text, values) }) };
}
