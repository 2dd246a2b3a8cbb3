import { Measured } from '@turnpike/service';
import { Counter, Histogram, type Registry } from 'prom-client';

/** A queue as pg-boss has counted it. */
interface QueueDepth {
  readonly name: string;
  readonly deferredCount: number;
  readonly readyCount: number;
  readonly activeCount: number;
  readonly failedCount: number;
}

/** A service's delayed work. Depths are those that pg-boss counts every ten seconds anyway: a scrape reads one row per job. */
export class JobMetrics {
  private readonly runs: Counter<'job' | 'outcome'>;
  private readonly seconds: Histogram<'job'>;

  constructor(registry: Registry, queues: () => Promise<readonly QueueDepth[]>) {
    this.runs = new Counter({
      name: 'turnpike_job_runs_total',
      help: 'Runs of delayed work: done, or failed and tried again later.',
      labelNames: ['job', 'outcome'],
      registers: [registry],
    });
    this.seconds = new Histogram({
      name: 'turnpike_job_duration_seconds',
      help: 'How long a run took.',
      labelNames: ['job'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
      registers: [registry],
    });
    const measured = new Measured(registry, async () => {
      const found = await queues();
      return () => {
        for (const { name: job, readyCount, deferredCount, activeCount, failedCount } of found) {
          jobs.set({ job, state: 'ready' }, readyCount);
          jobs.set({ job, state: 'deferred' }, deferredCount);
          jobs.set({ job, state: 'active' }, activeCount);
          jobs.set({ job, state: 'given_up' }, failedCount);
        }
      };
    });
    const jobs = measured.gauge({
      name: 'turnpike_jobs',
      help: 'Delayed work by state: "ready" waits for a worker, "deferred" for its time, "given_up" has failed too often and is kept for an hour.',
      labelNames: ['job', 'state'],
    });
  }

  ran(job: string, outcome: 'done' | 'failed', seconds: number): void {
    this.runs.inc({ job, outcome });
    this.seconds.observe({ job }, seconds);
  }
}
