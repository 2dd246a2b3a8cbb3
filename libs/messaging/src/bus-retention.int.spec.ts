import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Counted, freshDatabases, Posted, type FreshDatabases } from '@turnpike/testing';
import { keepBus } from './bus-retention.js';

const DAY_MS = 24 * 3600 * 1000;

/** What Kafka's cleaner does, for the table-shaped log (road 4.1, 4.2, 4.4). */
describe('the retention of the in-process bus', () => {
  let databases: FreshDatabases;
  beforeEach(async () => void (databases = await freshDatabases([])));
  afterEach(async () => databases.drop());

  const append = (topic: string, key: string, offset: number) =>
    databases
      .inside('bus')
      .query(`insert into message (topic, partition, "offset", key, headers, body) values ($1, 0, $2, $3, '{}', '{}')`, [
        topic,
        offset,
        key,
      ]);
  const left = async (topic: string) =>
    (
      await databases
        .inside('bus')
        .query<{ key: string; offset: string }>(`select key, "offset" from message where topic = $1 order by "offset"`, [topic])
    ).rows.map((row) => `${row.key}@${row.offset}`);

  it('keeps the newest state of every key for ever, and older ones for a week', async () => {
    for (const [offset, key] of [
      [1, 'a'],
      [2, 'b'],
      [3, 'a'],
      [4, 'a'],
    ] as const)
      await append(Counted.name, key, offset);
    await keepBus(databases.inside('bus'), [Counted], new Date(Date.now() + 6 * DAY_MS));
    expect(await left(Counted.name)).toEqual(['a@1', 'b@2', 'a@3', 'a@4']);
    await keepBus(databases.inside('bus'), [Counted], new Date(Date.now() + 8 * DAY_MS));
    expect(await left(Counted.name)).toEqual(['b@2', 'a@4']);
  });

  it('lets happenings go by age and moves the start of the log, so that a reader learns what it missed', async () => {
    for (const offset of [1, 2, 3]) await append(Posted.name, 'a', offset);
    await keepBus(databases.inside('bus'), [Posted], new Date(Date.now() + 91 * DAY_MS));
    expect(await left(Posted.name)).toEqual([]);
    const { rows } = await databases.inside('bus').query<{ first_offset: string }>('select first_offset from log_start');
    expect(rows).toEqual([{ first_offset: '4' }]);
  });
});
