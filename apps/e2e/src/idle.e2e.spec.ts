import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONNECTIONS, customerCreated, ProcessesOnKafka } from './processes-on-kafka.js';

const IDLE_MS = 60_000;
const TICKS_PER_SECOND = 100;

describe('nothing to do', () => {
  let world: ProcessesOnKafka;
  afterEach(async () => world?.close());

  it('all services together take no more than 5 % of a core while idle on Kafka', async () => {
    world = await ProcessesOnKafka.open();
    const services = [await world.start('gateway'), await world.start('customers')];
    expect(await world.deliver(services[0]!.url, CONNECTIONS[0]!, customerCreated('idle'))).toBe(200);
    await sleep(10_000); // what starting leaves behind: compiling, joining, first collections of garbage
    const before = services.map(({ pid }) => cpuSeconds(pid));
    await sleep(IDLE_MS);
    const used = services.map(({ pid }, index) => cpuSeconds(pid) - before[index]!);
    const percent = (used.reduce((sum, one) => sum + one, 0) / (IDLE_MS / 1000)) * 100;
    process.stdout.write(
      `idle for ${IDLE_MS / 1000} s on Kafka: ${percent.toFixed(1)} % of a core (${services.map(({ name }, index) => `${name} ${((used[index]! / (IDLE_MS / 1000)) * 100).toFixed(1)} %`).join(', ')})\n`,
    );
    expect(percent).toBeLessThanOrEqual(5);
  }, 180_000);
});

/** User and system time of a process so far, from /proc. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
