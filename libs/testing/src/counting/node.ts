/**
 * One process of a fault test: a writer or a reader on the real road, killed and restarted by its parent. It is driven over Node's IPC
 * channel and dies with it.
 */
import { channel } from 'node:diagnostics_channel';
import type { EventOf, Topic } from '@turnpike/contracts-events';
import type { DeadLetterFilter } from '@turnpike/contracts-http';
import { InProcessLog, KafkaLog, Road, type RoadLog } from '@turnpike/messaging';
import { Database, DomainError, Log, openPool, Unavailable, type PostgresPool } from '@turnpike/service';
import { Registry } from 'prom-client';
import { Counted, Posted, ReaderDeadLetters, WriterDeadLetters } from './contracts.js';
import { withoutNumbers } from './without-numbers.js';

/** How a process is set up; sent by its parent as the environment variable COUNTING_NODE. */
export interface NodeSettings {
  role: 'writer' | 'reader';
  url: string;
  infrastructureUrl: string;
  brokers?: string[];
  busUrl?: string;
  sessionTimeoutMs?: number;
  lockIdleSeconds?: number;
  rowsPerPage?: number;
  logLevel?: string;
  /** Kills the process the nth time it comes to a point of the road, or blocks it there for a while. */
  atPoint?: { point: string; nth: number; blockMs?: number };
  /** A build that does not compare numbers: to show that the tests can fail. */
  ignoreNumbers?: boolean;
  /** Milliseconds each handler takes. */
  handlerMs?: number;
}

export type Poison = 'bug' | 'domain' | 'unavailable';

/** What a parent may ask of a node. */
export type NodeRequest =
  | {
      ask: 'write';
      topic: 'state' | 'log';
      organizations: string[];
      counters: number;
      transactions: number;
      perTransaction: number;
      ratePerSecond?: number;
      holdMs?: number;
      poisonEvery?: number;
      poison?: Poison;
      /** Every so many messages take `slowMs` to handle. */
      slowEvery?: number;
      slowMs?: number;
      fillingBytes?: number;
    }
  | { ask: 'announce'; organization: string; data: { counter: string; version: number; poison?: Poison }; topic: 'state' | 'log' }
  | { ask: 'replay'; which?: DeadLetterFilter; limit?: number; cursor?: string; dryRun?: boolean }
  | { ask: 'list'; which?: DeadLetterFilter; limit?: number; cursor?: string }
  | { ask: 'show'; messageId: string; body: boolean }
  | { ask: 'drop'; which?: DeadLetterFilter; limit?: number; dryRun?: boolean }
  | { ask: 'metrics' }
  | { ask: 'heal' }
  | { ask: 'restored' }
  | { ask: 'stop' };

class Refused extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'refused_by_test';
}

const settings: NodeSettings = JSON.parse(process.env['COUNTING_NODE'] ?? '{}');
const log = Log.of(`${settings.role} ${process.pid}`, settings.logLevel ?? 'warn');
const registry = new Registry();
let healed = false;

if (settings.atPoint) {
  const { point, nth, blockMs } = settings.atPoint;
  let times = 0;
  channel(`turnpike:${point}`).subscribe(() => {
    if (++times !== nth) return;
    process.send?.({ reached: point });
    if (blockMs === undefined) process.kill(process.pid, 'SIGKILL');
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  });
}
if (settings.ignoreNumbers) withoutNumbers();

const database = await Database.open({ url: settings.url, service: settings.role, entities: [], poolSize: 12 });
const { roadLog, busPool } = openLog();
const road = new Road({
  service: settings.role,
  database,
  infrastructureUrl: settings.infrastructureUrl,
  roadLog,
  deadLetters: settings.role === 'reader' ? ReaderDeadLetters : WriterDeadLetters,
  ask: async (topic) => void process.send?.({ askedForWholeState: topic }),
  registry,
  log,
  lockIdleSeconds: settings.lockIdleSeconds ?? 5,
  rowsPerPage: settings.rowsPerPage ?? 1_000,
});

function openLog(): { roadLog: RoadLog; busPool: PostgresPool | null } {
  if (settings.brokers) {
    return {
      roadLog: new KafkaLog({
        brokers: settings.brokers,
        service: settings.role,
        log,
        sessionTimeoutMs: settings.sessionTimeoutMs ?? 6_000,
      }),
      busPool: null,
    };
  }
  const pool = openPool({ url: settings.busUrl!, name: 'bus', size: 5, onError: (error) => log.warn('bus', { error }) });
  return { roadLog: new InProcessLog({ pool, log }), busPool: pool };
}

async function handle(event: EventOf<Topic>): Promise<void> {
  const { counter, version, poison, takesMs = settings.handlerMs } = Counted.data.parse(event.data);
  if (poison === 'bug' && !healed) throw new Error(`Poison in ${counter} version ${version}.`);
  if (poison === 'domain' && !healed) throw new Refused(`Refused: ${counter} version ${version}.`);
  if (poison === 'unavailable' && !healed) throw new Unavailable('What this message needs');
  if (takesMs) await new Promise((resolve) => setTimeout(resolve, takesMs));
  const transaction = database.current();
  await transaction.sql(
    `insert into effect (organization, topic, counter, version, times, latency_ms) values ($1, $2, $3, $4, 1, $5)
     on conflict (organization, topic, counter, version) do update set times = effect.times + 1`,
    [event.scope.organization, event.topic, counter, version, Date.now() - Date.parse(event.at)],
  );
}

/** Business transactions as two replicas would run them: an aggregate locked, changed, told about; sometimes held open for long. */
async function write(request: Extract<NodeRequest, { ask: 'write' }>): Promise<number> {
  const topic = request.topic === 'state' ? Counted : Posted;
  const filling = request.fillingBytes ? 'x'.repeat(request.fillingBytes) : undefined;
  let written = 0;
  const one = async (index: number) => {
    const organization = request.organizations[index % request.organizations.length]!;
    const counters = Array.from({ length: request.perTransaction }, () => `counter-${Math.floor(Math.random() * request.counters)}`);
    await database.transaction(organization, async ({ sql }) => {
      for (const counter of [...new Set(counters)].sort()) {
        const [row] = await sql<{ version: string }>(
          `insert into counter (organization, id, version) values ($1, $2, 1) on conflict (organization, id) do update set version = counter.version + 1 returning version`,
          [organization, counter],
        );
        const version = Number(row!.version);
        const poison = request.poisonEvery && index % request.poisonEvery === 0 ? (request.poison ?? 'bug') : undefined;
        const isSlow = request.slowEvery !== undefined && index % request.slowEvery === request.slowEvery - 1;
        road.outbox.announce(
          topic,
          { organization, environment: 'test' },
          {
            counter,
            version,
            ...(poison ? { poison } : {}),
            ...(isSlow ? { takesMs: request.slowMs } : {}),
            ...(filling ? { filling } : {}),
          },
        );
      }
      if (request.holdMs && index % 5 === 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * request.holdMs!));
    });
    written++;
  };
  const startedAt = Date.now();
  const inFlight = new Set<Promise<void>>();
  for (let index = 0; index < request.transactions; index++) {
    if (request.ratePerSecond) {
      const due = startedAt + (index * 1000) / request.ratePerSecond;
      const wait = due - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    }
    const running: Promise<void> = one(index).finally(() => inFlight.delete(running));
    inFlight.add(running);
    if (inFlight.size >= 8) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  return written;
}

async function answer(request: NodeRequest): Promise<unknown> {
  switch (request.ask) {
    case 'write':
      return write(request);
    case 'announce':
      return database.transaction(request.organization, async () =>
        road.outbox.announce(
          request.topic === 'state' ? Counted : Posted,
          { organization: request.organization, environment: 'test' },
          request.data,
        ),
      );
    case 'replay':
      return road.letters.replay({
        ...request.which,
        limit: request.limit ?? 1_000,
        cursor: request.cursor,
        dryRun: request.dryRun ?? false,
      });
    case 'list':
      return road.letters.list({ ...request.which, limit: request.limit ?? 100, cursor: request.cursor });
    case 'show':
      return road.letters.show(request.messageId, { body: request.body });
    case 'drop':
      return road.letters.drop({ ...request.which, limit: request.limit ?? 1_000, dryRun: request.dryRun ?? false });
    case 'restored':
      return road.restored().then(() => null);
    case 'metrics':
      return registry.metrics();
    case 'heal':
      healed = true;
      return null;
    case 'stop':
      await road.stop();
      await roadLog.close();
      await busPool?.end();
      await database.close();
      return null;
    default:
      return request satisfies never;
  }
}

process.on('disconnect', () => process.exit(0));
process.on('message', (message: { id: number; request: NodeRequest }) => {
  answer(message.request).then(
    (result) => process.send?.({ id: message.id, result }, () => message.request.ask === 'stop' && process.exit(0)),
    (error: unknown) =>
      process.send?.({ id: message.id, error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) }),
  );
});
await road.start();
if (settings.role === 'reader') {
  await road.startReading(new Map([Counted, Posted].map((topic) => [topic.name, { topic, handle }])));
}
process.send?.({ ready: true });
