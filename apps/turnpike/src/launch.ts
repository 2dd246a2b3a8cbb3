import { ensureTopics } from '@turnpike/messaging';
import type { Log } from '@turnpike/service';
import { join } from 'node:path';
import type { Backend } from './backend.js';
import { doorMetrics } from './door.metrics.js';
import { environmentOf } from './environments.js';
import { makeApiKey } from './first-api-key.js';
import { FrontDoor } from './front-door.js';
import { holdFolder, Installation } from './installation.js';
import type { LogFile } from './log-file.js';
import { startAsProcess } from './own-process.js';
import { PLANS, provisionAll } from './provisioning.js';
import { asOne } from './replicas.js';
import { startHere } from './same-process.js';
import { ownSandbox } from './sandbox.js';
import { ownKafka, ownPostgres, serverElsewhere, type Server } from './servers.js';
import { SERVICES, type Service } from './services.js';
import type { Settings } from './settings.js';

export interface Wishes {
  readonly port: number;
  readonly host: string;
  readonly folder: string;
  readonly processes: boolean;
  /** How often a service runs, by its name, as processes; once where it is not named. */
  readonly replicas?: ReadonlyMap<string, number>;
  readonly reset: boolean;
  /** Takes the log of everything, opened once the folder is ours; without it lines go to standard output. */
  readonly logFile?: LogFile | undefined;
}

export interface Turnpike {
  readonly url: string;
  /** The stand-in for Stripe. */
  readonly sandboxUrl: string;
  readonly installation: Installation;
  readonly mode: string;
  /** Made just now and kept nowhere: show it, then `installation.keepThatApiKeyIsShown`. Null when one was shown before, or is declared. */
  readonly apiKey: string | null;
  /** Makes another one, of the first organization's sandbox. */
  makeApiKey(name: string): Promise<string>;
  /** The door first, then the services side by side, then Kafka, and PostgreSQL last. Always resolves; what failed is in the log. */
  stop(): Promise<void>;
}

export class ResetRefused extends Error {
  constructor() {
    super(
      `--reset does not touch databases of DATABASE_URL. Drop the databases ${PLANS.map(({ service }) => service).join(', ')} there yourself, or start without DATABASE_URL.`,
    );
  }
}

/** Starts everything, in the order in which one needs the other. What a failing start has begun is undone before it throws. */
export async function launch(wishes: Wishes, settings: Settings, log: Log, services: readonly Service[] = SERVICES): Promise<Turnpike> {
  if (wishes.reset && settings.DATABASE_URL) throw new ResetRefused();
  const undo: Array<{ what: string; step: () => Promise<void> }> = [];
  const later = (what: string, step: () => Promise<void>) => void undo.push({ what, step });
  let stopping: Promise<void> | null = null;
  const stop = () => (stopping ??= unwind(undo, log));
  try {
    // The folder first, as it says more of a Turnpike that runs already than its port does; and nothing is thrown away before there is a port.
    const hold = await holdFolder(wishes.folder);
    later('folder', () => hold.letGo());
    const { logFile } = wishes;
    logFile?.open(wishes.folder);
    later('log file', async () => logFile?.close());
    const door = new FrontDoor();
    const url = await door.listen(wishes.port, wishes.host);
    const closeDoor = { what: 'door', step: () => door.close() };
    undo.push(closeDoor);
    const installation = await Installation.open(wishes.folder, wishes.reset);
    later('installation', () => installation.close());

    // Side by side, as each takes seconds; undone one after the other, PostgreSQL last.
    const sandboxPlace = { folder: installation.sandbox, host: wishes.host, port: wishes.port === 0 ? 0 : wishes.port + 1 };
    const [postgres, kafka, sandbox] = await Promise.allSettled([
      postgresFor(settings, installation, log),
      kafkaFor(wishes, settings, installation, log),
      ownSandbox(sandboxPlace, wishes.processes, { log, logFile }),
    ]);
    if (postgres.status === 'fulfilled') later('postgres', () => postgres.value.stop());
    if (kafka.status === 'fulfilled') later('kafka', async () => kafka.value?.stop());
    if (sandbox.status === 'fulfilled') later('sandbox', () => sandbox.value.stop());
    if (postgres.status === 'rejected') throw postgres.reason;
    if (kafka.status === 'rejected') throw kafka.reason;
    if (sandbox.status === 'rejected') throw sandbox.reason;
    const brokers = kafka.value?.address ?? null;
    const [databases] = await Promise.all([
      provisionAll(postgres.value.address, (role) => installation.passwordOf(role)),
      brokers === null ? null : ensureTopics({ brokers: brokers.split(',') }),
    ]);

    const around = {
      settings,
      secrets: installation.secrets,
      databases,
      declaration: settings.DECLARATION ?? (await installation.declaration()),
      brokers,
      url,
      sandboxUrl: sandbox.value.address,
      services,
    };
    const start = (service: Service): Promise<Backend> =>
      wishes.processes
        ? startAsProcess(service, environmentOf(service, around), { log, logFile })
        : startHere(service, environmentOf(service, around), logFile);
    const timesOf = ({ name }: Service) => wishes.replicas?.get(name) ?? 1;
    const running = await startAll(services.flatMap((service) => Array.from({ length: timesOf(service) }, () => () => start(service))));
    const backends = services.map(({ name }) => asOne(running.filter((backend) => backend.name === name)));
    later('services', () => stopAll(backends, log));
    // Closed before the services are stopped, although it was there before them: what it has accepted still gets its answer.
    undo.push(...undo.splice(undo.indexOf(closeDoor), 1));
    door.open(backends, doorMetrics(installation.folder));
    const isKeyWanted = settings.DECLARATION === undefined && !installation.secrets.isApiKeyShown;
    const { serviceToken } = installation.secrets;
    const makeKey = (name: string) => makeApiKey({ url, serviceToken, services }, name);
    const apiKey = isKeyWanted ? await makeKey('first') : null;
    await installation.tellWhereWeAre({ url, pid: process.pid });
    return { url, sandboxUrl: sandbox.value.address, installation, apiKey, makeApiKey: makeKey, mode: modeOf(wishes, settings), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function postgresFor(settings: Settings, installation: Installation, log: Log): Promise<Server> {
  return settings.DATABASE_URL ? serverElsewhere(settings.DATABASE_URL) : await ownPostgres(installation, log);
}

/** Null for the in-process bus. */
async function kafkaFor(wishes: Wishes, settings: Settings, installation: Installation, log: Log): Promise<Server | null> {
  if (settings.KAFKA_BROKERS) return serverElsewhere(settings.KAFKA_BROKERS);
  return wishes.processes ? await ownKafka(installation, log) : null;
}

function modeOf({ processes, replicas = new Map() }: Wishes, settings: Settings): string {
  const postgres = settings.DATABASE_URL ? 'PostgreSQL of DATABASE_URL' : 'embedded PostgreSQL';
  const bus = settings.KAFKA_BROKERS ? 'Kafka of KAFKA_BROKERS' : processes ? 'a Kafka of its own' : 'in-process bus';
  const more = [...replicas].filter(([, times]) => times > 1).map(([name, times]) => `, ${name} ${times} times`);
  return `${processes ? `${SERVICES.length} services, each its own process${more.join('')}` : 'One process'}, ${postgres}, ${bus}`;
}

/** Side by side; when one fails, the others are waited for and stopped: none may be left behind. */
async function startAll(starts: ReadonlyArray<() => Promise<Backend>>): Promise<Backend[]> {
  const results = await Promise.allSettled(starts.map((start) => start()));
  const failed = results.find((result) => result.status === 'rejected');
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (!failed) return started;
  await Promise.allSettled(started.map((backend) => backend.stop()));
  throw failed.reason;
}

async function stopAll(backends: readonly Backend[], log: Log): Promise<void> {
  await Promise.all(
    backends.map((backend) =>
      backend
        .stop()
        .catch((error: unknown) =>
          log.error('service.not-stopped', { stopped: backend.name, error: error instanceof Error ? error : new Error(String(error)) }),
        ),
    ),
  );
}

async function unwind(undo: ReadonlyArray<{ what: string; step: () => Promise<void> }>, log: Log): Promise<void> {
  for (const { what, step } of undo.toReversed()) {
    await step().then(
      () => log.debug('turnpike.stopped', { what }),
      (error: unknown) => log.error('turnpike.not-stopped', { what, error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }
}

export function defaultFolder(checkout: string): string {
  return join(checkout, '.turnpike');
}
