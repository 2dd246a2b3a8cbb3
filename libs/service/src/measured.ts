import { Gauge, type Registry } from 'prom-client';

/** Several scrapers, or one in a hurry, ask the database no more often than this. */
const EVERY_MS = 5_000;
/** Less than a scraper waits: a database that has fallen silent must not take the other figures with it. */
const PATIENCE_MS = 3_000;

/** Writes what was measured into its gauges, all of them at once. */
export type Filled = () => void;

/**
 * Gauges that one question fills, asked when somebody scrapes and never in between. What cannot be measured now has no samples: an old
 * figure would look like a good one.
 *
 *     const measured = new Measured(registry, async () => {
 *       const { rows } = await pool.query('select …');
 *       return () => rows.forEach((row) => depth.set({ queue: row.name }, row.count));
 *     });
 *     const depth = measured.gauge({ name: 'turnpike_…', help: '…', labelNames: ['queue'] });
 */
export class Measured {
  /** Takes the samples away from each gauge. */
  private readonly clear: Array<() => void> = [];
  private askedAt = -Infinity;
  private answer: Promise<void> = Promise.resolve();
  private underWay: Promise<Filled> | null = null;

  constructor(
    private readonly registry: Registry,
    private readonly ask: () => Promise<Filled>,
    private readonly everyMs = EVERY_MS,
  ) {}

  gauge<L extends string = never>(options: { name: string; help: string; labelNames?: readonly L[] }): Gauge<L> {
    const gauge = new Gauge<L>({ ...options, registers: [this.registry], collect: () => this.fresh() });
    // prom-client sets a gauge without labels to 0 where others just lose their samples.
    const clear = options.labelNames?.length ? () => gauge.reset() : () => gauge.remove();
    clear();
    this.clear.push(clear);
    return gauge;
  }

  private fresh(): Promise<void> {
    const now = performance.now();
    if (now - this.askedAt >= this.everyMs) {
      this.askedAt = now;
      this.answer = this.measure();
    }
    return this.answer;
  }

  private async measure(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    // A question that a silent server still owes an answer to is not asked a second time beside it.
    this.underWay ??= this.ask().finally(() => (this.underWay = null));
    const tooLate = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), PATIENCE_MS);
    });
    const filled = await Promise.race([this.underWay, tooLate]).catch(() => null);
    clearTimeout(timer);
    for (const clear of this.clear) clear();
    filled?.();
  }
}
