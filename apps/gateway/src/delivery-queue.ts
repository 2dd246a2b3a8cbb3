import { isDatabaseUnavailable, Unavailable } from '@turnpike/service';

export interface DeliveryQueueOptions<T, R> {
  /** Makes a batch of one lane durable, all or nothing. @returns what became of each, in the same order */
  readonly store: (lane: string, batch: readonly T[]) => Promise<readonly R[]>;
  readonly mostPerBatch: number;
  /** Of one lane; the rest gathers meanwhile. */
  readonly mostAtOncePerLane: number;
  /** Of all lanes together: fewer than the database has connections for us, so that nobody waits for one. */
  readonly mostAtOnce: number;
  readonly mostBytesPerBatch?: number;
  /** Above this, new deliveries are refused: Stripe keeps them better than our memory. */
  readonly mostWaitingBytes?: number;
  /** Nobody waits for ever on a database that has fallen silent. What it stores after all is known as a duplicate by then. */
  readonly patienceMs?: number;
  /** A batch failed and its deliveries are tried alone. */
  readonly onTriedAlone?: (lane: string, size: number, error: unknown) => void;
  readonly onBatch?: (size: number) => void;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly bytes: number;
  readonly since: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane<T, R> {
  waiting: Waiting<T, R>[];
  running: number;
}

/**
 * Concurrent deliveries of one organization share a transaction (and its commit, which is what costs). Nothing waits when nothing runs:
 * the first goes at once, and those that come while it commits gather and go together.
 *
 * A batch that fails for a reason of its own is tried again one by one, so that one bad delivery hurts nobody but itself.
 */
export class DeliveryQueue<T, R> {
  /** In the order of whose turn it is. */
  private readonly lanes = new Map<string, Lane<T, R>>();
  private running = 0;
  private waitingBytes = 0;
  private isScheduled = false;
  private readonly mostBytesPerBatch: number;
  private readonly mostWaitingBytes: number;
  private readonly patienceMs: number;

  constructor(private readonly options: DeliveryQueueOptions<T, R>) {
    this.mostBytesPerBatch = options.mostBytesPerBatch ?? 8 * 1024 * 1024;
    this.mostWaitingBytes = options.mostWaitingBytes ?? 128 * 1024 * 1024;
    this.patienceMs = options.patienceMs ?? 8_000;
  }

  /** Resolves once the item is durable. @param bytes what it weighs in memory @throws Unavailable when it is not, and may be tried again */
  add(laneName: string, item: T, bytes: number): Promise<R> {
    if (this.waitingBytes + bytes > this.mostWaitingBytes)
      return Promise.reject(new Unavailable('The database (too much is waiting for it)'));
    this.waitingBytes += bytes;
    return new Promise<R>((resolve, reject) => {
      let lane = this.lanes.get(laneName);
      if (!lane) this.lanes.set(laneName, (lane = { waiting: [], running: 0 }));
      lane.waiting.push({ item, bytes, since: performance.now(), resolve, reject });
      this.schedule();
    });
  }

  /** After what this turn of the event loop has brought: requests that arrived together are stored together, at no wait. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.startBatches();
    });
  }

  private startBatches(): void {
    for (const [name, lane] of [...this.lanes]) {
      if (lane.waiting.length === 0 && lane.running === 0) this.lanes.delete(name);
      while (lane.waiting.length > 0 && lane.running < this.options.mostAtOncePerLane && this.running < this.options.mostAtOnce) {
        // To the end of the turn: a busy organization does not hold up the others.
        this.lanes.delete(name);
        this.lanes.set(name, lane);
        const batch = this.take(lane);
        if (batch.length > 0) void this.run(name, lane, batch);
      }
    }
  }

  private take(lane: Lane<T, R>): Waiting<T, R>[] {
    const giveUpBefore = performance.now() - this.patienceMs;
    const batch: Waiting<T, R>[] = [];
    let bytes = 0;
    let taken = 0;
    for (const one of lane.waiting) {
      if (batch.length >= this.options.mostPerBatch || (batch.length > 0 && bytes + one.bytes > this.mostBytesPerBatch)) break;
      taken++;
      this.waitingBytes -= one.bytes;
      if (one.since < giveUpBefore) {
        one.reject(new Unavailable('The database'));
        continue;
      }
      batch.push(one);
      bytes += one.bytes;
    }
    lane.waiting.splice(0, taken);
    return batch;
  }

  private async run(name: string, lane: Lane<T, R>, batch: readonly Waiting<T, R>[]): Promise<void> {
    lane.running++;
    this.running++;
    try {
      await this.storeTogether(name, batch);
    } finally {
      lane.running--;
      this.running--;
      this.schedule();
    }
  }

  private async storeTogether(name: string, batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      this.options.onBatch?.(batch.length);
      settle(batch, await this.storePatiently(name, batch));
    } catch (error) {
      if (batch.length === 1 || isTemporary(error)) return reject(batch, error);
      this.options.onTriedAlone?.(name, batch.length, error);
      await this.storeAlone(name, batch);
    }
  }

  private async storeAlone(name: string, batch: readonly Waiting<T, R>[]): Promise<void> {
    for (const [at, one] of batch.entries()) {
      try {
        settle([one], await this.storePatiently(name, [one]));
      } catch (error) {
        if (isTemporary(error)) return reject(batch.slice(at), error);
        one.reject(error);
      }
    }
  }

  private async storePatiently(name: string, batch: readonly Waiting<T, R>[]): Promise<readonly R[]> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Unavailable('The database')), this.patienceMs);
    });
    try {
      const storing = this.options.store(
        name,
        batch.map((one) => one.item),
      );
      return await Promise.race([storing, silence]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function settle<T, R>(batch: readonly Waiting<T, R>[], results: readonly R[]): void {
  for (const [at, one] of batch.entries()) {
    const result = results[at];
    if (result === undefined) one.reject(new Error('The store did not say what became of a delivery.'));
    else one.resolve(result);
  }
}

function reject<T, R>(batch: readonly Waiting<T, R>[], error: unknown): void {
  for (const one of batch) one.reject(error);
}

function isTemporary(error: unknown): boolean {
  return error instanceof Unavailable || isDatabaseUnavailable(error);
}
