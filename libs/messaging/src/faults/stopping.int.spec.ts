import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld } from '@turnpike/testing';
import { setTimeout as sleep } from 'node:timers/promises';

const MESSAGES = 20_000;
const ROWS_PER_PAGE = 10;

describe('a relay that is told to stop in the middle of a long window', () => {
  let world: CountingWorld;
  afterEach(async () => world?.close());

  it('ends with the page in hand, and the next start goes on there: nothing lost, nothing twice', async () => {
    world = await CountingWorld.open('in-process');
    await world.fillOutbox(MESSAGES, 997, new Set());
    const writer = await world.start('writer', { rowsPerPage: ROWS_PER_PAGE });
    for (let tries = 0; tries < 100 && (await world.backlog()) === MESSAGES; tries++) await sleep(20);
    await writer.stop();
    const left = await world.backlog();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(MESSAGES);

    await world.start('writer');
    for (let tries = 0; tries < 600 && (await world.backlog()) > 0; tries++) await sleep(50);
    await world.start('reader');
    const ends = await world.logEnds('writer.counted.changed.v1');
    for (let tries = 0; tries < 600 && !(await world.isReadTo(ends)); tries++) await sleep(50);
    const { rows } = await world.databases
      .inside('reader')
      .query<{ effects: string; most: number }>('select count(*) as effects, max(times) as most from effect');
    expect(rows).toEqual([{ effects: String(MESSAGES), most: 1 }]);
    expect(ends.reduce((sum, [, end]) => sum + end - 1, 0)).toBe(MESSAGES);
  }, 120_000);
});
