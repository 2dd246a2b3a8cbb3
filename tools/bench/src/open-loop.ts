/** What comes at its own times, whatever becomes of it: of `perSecond` a second, for `seconds`. */
export interface Stream {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Calls `one` at each time of the stream, without waiting for it to end. @returns when all have ended */
export async function openLoop({ perSecond, seconds }: Stream, one: (at: number) => Promise<void>): Promise<void> {
  const count = perSecond * seconds;
  const begun = performance.now();
  const running: Promise<void>[] = [];
  for (let at = 0; at < count;) {
    const due = Math.min(count, Math.floor(((performance.now() - begun) / 1000) * perSecond) + 1);
    for (; at < due; at++) running.push(one(at));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
}
