import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Log } from '@turnpike/service';
import { freshDatabases, readerPlan, type FreshDatabases } from '@turnpike/testing';
import { Registry } from 'prom-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { Gaps } from './gaps.js';
import { RoadMetrics } from './metrics.js';

const TOPIC = 'writer.counted.changed.v1';

describe('gaps that a reader has found', () => {
  let databases: FreshDatabases;
  let asked: string[];
  let gaps: Gaps;
  beforeEach(async () => {
    databases = await freshDatabases([readerPlan]);
    asked = [];
    const ask = async (topic: string) => void asked.push(topic);
    gaps = new Gaps(databases.inside('reader'), ask, new RoadMetrics(new Registry()), Log.of('reader', 'silent'));
  });
  afterEach(async () => {
    gaps.stop();
    await databases.drop();
  });

  const open = async () => {
    const { rows } = await databases
      .inside('reader')
      .query<{ to_offset: string }>('select to_offset from gap where asked_at is null order by from_offset');
    return rows.map((row) => Number(row.to_offset));
  };
  const untilAsked = async (times: number) => {
    for (let tries = 0; tries < 100 && (asked.length < times || (await open()).length > 0); tries++) await sleep(50);
    expect(asked).toHaveLength(times);
    expect(await open()).toEqual([]);
  };

  it('are asked for together, once', async () => {
    await gaps.found(TOPIC, 1, 0n, 10n);
    await gaps.found(TOPIC, 2, 5n, 7n);
    await untilAsked(1);
  });

  it.each([20n, 10n])('are asked for again when the log is made again and the next one begins where the last one did', async (to) => {
    await gaps.found(TOPIC, 1, 0n, 10n);
    await untilAsked(1);
    await gaps.found(TOPIC, 1, 0n, to);
    expect(await open()).toEqual([Number(to)]);
    await untilAsked(2);
  });

  it('are asked for once where a reader only suspects them, however often it comes to the same place', async () => {
    await gaps.suspected(TOPIC, 1, 0n, 10n);
    await untilAsked(1);
    await gaps.suspected(TOPIC, 1, 0n, 10n);
    expect(await open()).toEqual([]);
    await gaps.suspected(TOPIC, 1, 0n, 25n);
    await untilAsked(2);
  });
});
