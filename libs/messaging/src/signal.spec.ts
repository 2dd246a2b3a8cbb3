import { describe, expect, it } from '@jest/globals';
import { Signal } from './signal.js';

const LONG_MS = 5_000;

describe('a wake-up', () => {
  it('ends a wait at once', async () => {
    const signal = new Signal();
    const startedAt = performance.now();
    setTimeout(() => signal.give(), 5);
    await signal.wait(LONG_MS);
    expect(performance.now() - startedAt).toBeLessThan(LONG_MS / 2);
  });

  it('is not lost when it comes before the wait', async () => {
    const signal = new Signal();
    signal.give();
    const startedAt = performance.now();
    await signal.wait(LONG_MS);
    expect(performance.now() - startedAt).toBeLessThan(LONG_MS / 2);
  });

  it('counts once: the next wait lasts its time', async () => {
    const signal = new Signal();
    signal.give();
    await signal.wait(LONG_MS);
    const startedAt = performance.now();
    await signal.wait(30);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(25);
  });
});
