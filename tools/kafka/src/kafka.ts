import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, untilPortsAreOurs } from '@turnpike/free-port';
import { endLeftBehind, formatOnce, launch, type Launch, type Running } from './broker.js';
import { KafkaImpossible } from './errors.js';
import { fetchJars } from './jars.js';
import { untilReady } from './readiness.js';
import { kafkaIsPossible } from './requirements.js';

export interface StartOptions {
  /** Holds the log segments, the settings and the log. Made if missing; used again with all its topics if not. */
  directory: string;
  /** Of 127.0.0.1, for clients. Without it: the port that this folder had before, or any free one. */
  port?: number | undefined;
  /** Of 127.0.0.1, for the broker itself. Without it: as above. */
  controllerPort?: number | undefined;
  /** Java's -Xmx, as in `512m` (the default) or `2g`. */
  heap?: string | undefined;
  /** Lets Java compile to its best, which costs seconds at the start. */
  benchmark?: boolean | undefined;
  /** The broker's own settings, over ours (server-properties.ts). */
  settings?: Readonly<Record<string, string>> | undefined;
}

export interface LocalKafka {
  /** One entry, `127.0.0.1:<port>`. */
  readonly brokers: string[];
  readonly clusterId: string;
  /** Of the broker's process; another after start(). */
  readonly pid: number;
  readonly directory: string;
  /** SIGKILL; resolves when the process has gone. */
  kill(): Promise<void>;
  /** Starts it again, after kill() or stop(), with the same data and ports; resolves when it is ready. */
  start(): Promise<void>;
  /** SIGTERM, and SIGKILL after 15 s; resolves when the process has gone. */
  stop(): Promise<void>;
}

const READY_SECONDS = 60;
const STOP_SECONDS = 15;

/**
 * Starts a Kafka of one broker in a folder, and resolves when a consumer group can be joined. The broker dies with us, however we die.
 * @throws each class of errors.ts
 */
export async function startKafka(options: StartOptions): Promise<LocalKafka> {
  const { missing } = await kafkaIsPossible();
  if (missing !== null) throw new KafkaImpossible(missing);
  const jars = await fetchJars();
  await mkdir(options.directory, { recursive: true });
  const directory = await realpath(options.directory);
  await endLeftBehind(directory);
  const hasFreeChoice = options.port === undefined && options.controllerPort === undefined;
  const { plan, broker, clusterId, ...started } = await untilPortsAreOurs(hasFreeChoice, async () =>
    startOnPorts(directory, jars, options),
  );
  const { ports } = plan;
  let running = started.running;

  const end = async (signal: NodeJS.Signals) => {
    if (running.failure() !== null) return;
    process.kill(running.pid, signal);
    await Promise.race([running.untilGone(), delay(STOP_SECONDS * 1000, undefined, { ref: false })]);
    if (running.failure() === null) process.kill(running.pid, 'SIGKILL');
    await running.untilGone();
  };
  return {
    brokers: [broker],
    clusterId,
    directory,
    get pid() {
      return running.pid;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async start() {
      if (running.failure() === null) return;
      await endLeftBehind(directory);
      for (const port of [ports.port, ports.controllerPort]) await freePort('Kafka', port);
      running = await run(plan, broker, clusterId);
    },
  };
}

async function startOnPorts(directory: string, jars: string, options: StartOptions) {
  const ports = await choosePorts(directory, options);
  const plan: Launch = {
    directory,
    jars,
    ports,
    heap: options.heap ?? '512m',
    benchmark: options.benchmark ?? false,
    settings: options.settings ?? {},
  };
  const clusterId = await formatOnce(plan);
  const broker = `127.0.0.1:${ports.port}`;
  return { plan, broker, clusterId, running: await run(plan, broker, clusterId) };
}

async function run(plan: Launch, broker: string, clusterId: string): Promise<Running> {
  const running = await launch(plan);
  try {
    await untilReady({ broker, clusterId, seconds: READY_SECONDS, hasFailed: () => running.failure() });
  } catch (error) {
    if (running.failure() === null) process.kill(running.pid, 'SIGKILL');
    await running.untilGone();
    throw error;
  }
  return running;
}

/** A folder keeps its ports as long as they are free: clients that were told of them find the broker again. @throws PortTaken */
async function choosePorts(directory: string, options: StartOptions): Promise<Launch['ports']> {
  const file = join(directory, 'ports.json');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const before: { port?: number; controllerPort?: number } = JSON.parse(text);
  const choose = async (wished: number | undefined, earlier: number | undefined) =>
    wished === undefined ? await freePort('Kafka', earlier).catch(() => freePort('Kafka')) : await freePort('Kafka', wished);
  const port = await choose(options.port, before.port);
  const controllerPort = await choose(options.controllerPort, before.controllerPort);
  await writeFile(file, JSON.stringify({ port, controllerPort }));
  return { port, controllerPort };
}
