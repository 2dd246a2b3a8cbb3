import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@turnpike/free-port';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { launch } from './broker.js';
import { fetchJars, kafkaVersion } from './jars.js';
import { type LocalKafka, startKafka } from './kafka.js';
import { untilReady } from './readiness.js';

// Set by tools/test-servers wherever Kafka can run; where it cannot, the run has said so aloud.
const whereKafkaCanRun = process.env.TEST_KAFKA_BROKERS ? describe : describe.skip;
const ROOT = resolve(import.meta.dirname, '../../..');

whereKafkaCanRun('a local Kafka', () => {
  let folder = '';
  let kafka: LocalKafka;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnpike-kafka-spec-'));
    kafka = await startKafka({ directory: join(folder, 'first') });
  });

  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('starts empty, as the version that the pom names', async () => {
    expect(await asAdmin(kafka, (admin) => admin.listTopics())).toEqual(['__consumer_offsets']);
    expect(readFileSync(join(kafka.directory, 'kafka.log'), 'utf8')).toContain(`Kafka version: ${await kafkaVersion()}`);
  });

  it('comes back after SIGKILL with its messages, on the same port and as the same cluster', async () => {
    const { brokers, clusterId, pid } = kafka;
    await asAdmin(kafka, (admin) => admin.createTopics({ topics: [{ topic: 'kept' }], waitForLeaders: true }));
    await send(kafka, 'kept', 'before the kill');
    await kafka.kill();
    expect(isAlive(pid)).toBe(false);
    await kafka.start();
    expect(kafka.brokers).toEqual(brokers);
    expect(kafka.clusterId).toBe(clusterId);
    expect(kafka.pid).not.toBe(pid);
    await send(kafka, 'kept', 'after the kill');
    const offsets = await asAdmin(kafka, (admin) => admin.fetchTopicOffsets('kept'));
    expect(offsets).toHaveLength(24);
    expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBe(2);
  });

  it('comes back in a folder that was stopped and is started by somebody else, even on other ports', async () => {
    const { clusterId } = kafka;
    await kafka.stop();
    kafka = await startKafka({ directory: kafka.directory, port: await freePort('Kafka'), controllerPort: await freePort('Kafka') });
    expect(kafka.clusterId).toBe(clusterId);
    expect(await asAdmin(kafka, (admin) => admin.listTopics())).toContain('kept');
  });

  it('refuses a port that another process has, by its number', async () => {
    await withTakenPort(async (port) => {
      await expect(startKafka({ directory: join(folder, 'refused'), port })).rejects.toThrow(
        `Port ${port} on 127.0.0.1 is taken by another process`,
      );
    });
  });

  it('says the same when the port is taken after we looked', async () => {
    await withTakenPort(async (port) => {
      const ports = { port, controllerPort: await freePort('Kafka') };
      const directory = await mkdtemp(join(folder, 'late-'));
      const { formatOnce } = await import('./broker.js');
      const plan = { directory, jars: await fetchJars(), ports, heap: '256m', benchmark: false, settings: {} };
      const clusterId = await formatOnce(plan);
      const running = await launch(plan);
      const waiting = untilReady({ broker: `127.0.0.1:${port}`, clusterId, seconds: 30, hasFailed: () => running.failure() });
      await expect(waiting).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another process`);
    });
  });

  it('looks for another port when the one it has chosen is taken after it looked', async () => {
    const directory = join(folder, 'unlucky');
    const rival = createServer();
    const starting = startKafka({ directory, heap: '256m' });
    let chosen: { port: number } | null = null;
    await until(() => (chosen = portsOf(directory)) !== null);
    rival.listen(chosen!.port, '127.0.0.1');
    await once(rival, 'listening');
    try {
      const started = await starting;
      expect(started.brokers).not.toEqual([`127.0.0.1:${chosen!.port}`]);
      expect(await asAdmin(started, (admin) => admin.listTopics())).toBeDefined();
      await started.stop();
    } finally {
      rival.close();
    }
  });

  it('is not taken for ready when another cluster answers on its port', async () => {
    const waiting = untilReady({ broker: kafka.brokers[0] ?? '', clusterId: 'AAAAAAAAAAAAAAAAAAAAAA', seconds: 10 });
    await expect(waiting).rejects.toThrow(`belongs to cluster ${kafka.clusterId}, ours is AAAAAAAAAAAAAAAAAAAAAA`);
  });

  it('leaves a folder to the owner that serves it', async () => {
    await expect(startKafka({ directory: kafka.directory })).rejects.toThrow('which is still running');
  });

  it('dies with its owner, however that one dies', async () => {
    for (const victim of ['the owner', 'its process group'] as const) {
      const directory = join(folder, 'owned');
      const owner = await startOwner(directory);
      const pid = Number(readFileSync(join(directory, 'broker.pid'), 'utf8').split(' ')[0]);
      expect(isAlive(pid)).toBe(true);
      process.kill(victim === 'the owner' ? owner : -owner, 'SIGKILL');
      await until(() => !isAlive(pid));
    }
  });

  it('is ended by the next start when only its supervisor was killed', async () => {
    const directory = join(folder, 'orphaned');
    const owner = await startOwner(directory);
    const [broker = 0, supervisor = 0] = readFileSync(join(directory, 'broker.pid'), 'utf8').split(' ').map(Number);
    process.kill(supervisor, 'SIGKILL');
    process.kill(owner, 'SIGKILL');
    await until(() => !isAlive(supervisor));
    expect(isAlive(broker)).toBe(true);
    const next = await startKafka({ directory });
    expect(isAlive(broker)).toBe(false);
    await next.stop();
  });

  it('is stopped in order when its owner is told to stop', async () => {
    const directory = join(folder, 'ended');
    const owner = await startOwner(directory);
    process.kill(owner, 'SIGTERM');
    await until(() => !isAlive(owner));
    expect(readFileSync(join(directory, 'kafka.log'), 'utf8').trim().split('\n').at(-1)).toContain(
      'App info kafka.server for 1 unregistered',
    );
  });
});

async function asAdmin<T>({ brokers }: LocalKafka, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

async function send({ brokers }: LocalKafka, topic: string, value: string): Promise<void> {
  const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value }] });
  await producer.disconnect();
}

/** An owner that is a process of its own, in a process group of its own; resolves with its id once its Kafka is ready. */
async function startOwner(directory: string): Promise<number> {
  const owner = spawn(
    process.execPath,
    ['--conditions=@turnpike/source', '--import', './tools/loader.mjs', 'tools/kafka/src/main.ts', '--directory', directory],
    { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [said] = await once(owner.stdout, 'data');
  expect(String(said)).toMatch(/^KAFKA_BROKERS=127\.0\.0\.1:\d+\n$/);
  return owner.pid ?? 0;
}

/** What a start has chosen for its folder; null before. */
function portsOf(directory: string): { port: number } | null {
  try {
    return JSON.parse(readFileSync(join(directory, 'ports.json'), 'utf8'));
  } catch {
    return null; // not written yet, or not whole
  }
}

async function withTakenPort(use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    await use(address && typeof address === 'object' ? address.port : 0);
  } finally {
    server.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A dead process that its parent has not yet asked for keeps its number.
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !isSo(); await delay(50))
    if (Date.now() > end) throw new Error('It did not become so within 30 s.');
}
