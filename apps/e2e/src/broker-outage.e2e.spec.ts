import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONNECTIONS, customerCreated, ProcessesOnKafka } from './processes-on-kafka.js';

const OUTAGE_MS = 60_000;
const EVENTS_PER_SECOND = 100;

describe('Kafka gone', () => {
  let world: ProcessesOnKafka;
  afterEach(async () => world?.close());

  it('the gateway answers 2xx throughout a minute without its broker, and everything is applied afterwards by services that never restarted', async () => {
    world = await ProcessesOnKafka.open();
    const gateway = await world.start('gateway');
    const readers = [await world.start('customers'), await world.start('customers')];
    const applied = async () =>
      Number((await world.databases.inside('customers').query<{ n: string }>(`select count(*) as n from customer`)).rows[0]!.n);
    const answers = new Map<number, number>();
    const latencies: number[] = [];
    let sent = 0;
    let delivering = true;
    const deliveries: Promise<void>[] = [];
    const load = (async () => {
      const startedAt = Date.now();
      while (delivering) {
        const due = startedAt + (sent * 1000) / EVENTS_PER_SECOND;
        if (due > Date.now()) await sleep(due - Date.now());
        const id = `outage${sent}`;
        const began = performance.now();
        deliveries.push(
          world.deliver(gateway.url, CONNECTIONS[sent % CONNECTIONS.length]!, customerCreated(id)).then((status) => {
            answers.set(status, (answers.get(status) ?? 0) + 1);
            latencies.push(performance.now() - began);
          }),
        );
        sent++;
      }
    })();
    await sleep(5_000);
    await world.kafka.kill();
    await sleep(OUTAGE_MS);
    const before = await applied();
    await world.kafka.start();
    await sleep(5_000);
    delivering = false;
    await load;
    await Promise.all(deliveries);
    expect([...answers.keys()]).toEqual([200]);
    expect(sent).toBeGreaterThan((OUTAGE_MS / 1000) * EVENTS_PER_SECOND * 0.9);
    expect(before).toBeLessThan(sent);
    for (let tries = 0; tries < 600 && (await applied()) < sent; tries++) await sleep(100);
    expect(await applied()).toBe(sent);
    const { rows } = await world.databases.inside('customers').query<{ n: string }>(`select count(*) as n from dead_letter`);
    expect(Number(rows[0]!.n)).toBe(0);
    for (const service of [gateway, ...readers]) expect(service.isRunning()).toBe(true);
    latencies.sort((a, b) => a - b);
    process.stdout.write(
      `broker gone for ${OUTAGE_MS / 1000} s: ${sent} deliveries, all 200, p99 ${latencies[Math.floor(latencies.length * 0.99)]!.toFixed(0)} ms\n`,
    );
  }, 300_000);
});
