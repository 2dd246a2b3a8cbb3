import type { Batch, BatchOutcome, BatchReader } from './message.js';
import { MOST_TOGETHER } from './reading-together.js';

/** Partitions that are read by themselves at the same time. */
const ALONE_AT_ONCE = 3;

interface Waiting {
  readonly batch: Batch;
  /** Told whether it took effect with the others. */
  readonly settle: (isDone: boolean) => void;
}

/**
 * kafkajs hands over the partitions of a fetch one by one. Those with few messages are read together, as on the in-process bus: what has come
 * while one pass is read is the next. Every other partition is read by itself, a few at a time.
 */
export class KafkaPasses {
  private readonly waiting: Waiting[] = [];
  private readonly queue: Array<() => void> = [];
  private isPassing = false;
  private alone = 0;

  constructor(private readonly reader: Pick<BatchReader, 'read' | 'readTogether'>) {}

  /** @returns null when the partition was no longer ours before its turn came, and nothing was done */
  async read(batch: Batch, stillMine: () => boolean): Promise<BatchOutcome | null> {
    // A batch of its own is large enough.
    if (batch.messages.length <= MOST_TOGETHER / 2 && (await this.together(batch))) return { next: 'read-on', offset: batch.end };
    if (this.alone >= ALONE_AT_ONCE) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.alone += 1;
    try {
      return stillMine() ? await this.reader.read(batch, stillMine) : null;
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.alone -= 1;
    }
  }

  private together(batch: Batch): Promise<boolean> {
    const isDone = new Promise<boolean>((settle) => this.waiting.push({ batch, settle }));
    if (!this.isPassing) void this.passes();
    return isDone;
  }

  /** Never rejects. */
  private async passes(): Promise<void> {
    this.isPassing = true;
    // The others of the same fetch are handed over before this turn of the event loop is over.
    await new Promise((resolve) => setImmediate(resolve));
    for (let pass = this.next(); pass.length > 0; pass = this.next()) {
      // What fails here is read by itself, and then says why.
      const done = await this.reader.readTogether(pass.map(({ batch }) => batch)).catch(() => new Set<Batch>());
      for (const { batch, settle } of pass) settle(done.has(batch));
    }
    this.isPassing = false;
  }

  private next(): Waiting[] {
    let messages = 0;
    const end = this.waiting.findIndex(({ batch }) => (messages += batch.messages.length) > MOST_TOGETHER);
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end);
  }
}
