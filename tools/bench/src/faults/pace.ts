/** How far something had come, and when (epoch milliseconds). */
export interface Sample {
  readonly at: number;
  readonly done: number;
}

const WINDOW_MS = 1_000;
const STEADY_MS = 1_000;
const STEP_MS = 50;

/**
 * Milliseconds from a fault until the rate was there again: the first moment from which on, for a second, every window of a second brought
 * at least the share of the rate. 0 when it never went away, null when it did not come back within the samples.
 * @param perSecond the full rate
 */
export function backAfter(samples: readonly Sample[], faultAt: number, perSecond: number, share = 0.95): number | null {
  const last = samples.at(-1)?.at ?? 0;
  let goodSince: number | null = null;
  for (let from = faultAt; from + WINDOW_MS <= last; from += STEP_MS) {
    const brought = doneAt(samples, from + WINDOW_MS) - doneAt(samples, from);
    if (brought < share * perSecond * (WINDOW_MS / 1000)) goodSince = null;
    else goodSince ??= from;
    if (goodSince !== null && from - goodSince >= STEADY_MS) return goodSince - faultAt;
  }
  return null;
}

/** Between two samples, in proportion. */
function doneAt(samples: readonly Sample[], at: number): number {
  const after = samples.findIndex((sample) => sample.at >= at);
  const [before, next] = [samples[after - 1], samples[after]];
  if (!next) return samples.at(-1)?.done ?? 0;
  if (!before) return next.done;
  return before.done + ((next.done - before.done) * (at - before.at)) / (next.at - before.at);
}

/** Looks again and again, until told to stop. */
export class Pace {
  readonly samples: Sample[] = [];
  private isOver = false;
  private readonly looking: Promise<void>;

  constructor(done: () => Promise<number>, everyMs = 100) {
    this.looking = (async () => {
      while (!this.isOver) {
        const count = await done().catch(() => null); // the database may be away: that is the fault
        if (count !== null) this.samples.push({ at: Date.now(), done: count });
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    })();
  }

  /** Those since a moment, with the one before it. */
  since(at: number): Sample[] {
    const first = this.samples.findLastIndex((sample) => sample.at <= at);
    return this.samples.slice(Math.max(0, first));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.looking;
  }
}
