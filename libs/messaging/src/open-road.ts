import type { Topic } from '@turnpike/contracts-events';
import { openPool, PoolMetrics, traceHeaders, Unavailable, type RoadContext, type RoadHandle } from '@turnpike/service';
import type { WholeStateAsked } from './gaps.js';
import { InProcessLog } from './in-process.js';
import { KafkaLog } from './kafka.js';
import type { RoadLog } from './road-log.js';
import { Road } from './road.js';
import { TopicServer } from './topic-server.js';

/** A service's road, as its module gets it: `outbox` to announce on, `epochs` for its announce-all, and what `startService` needs. */
export type ServiceRoad = RoadHandle & Pick<Road, 'outbox' | 'epochs' | 'follow'>;

/** Opens the road that a service's configuration names: Kafka when KAFKA_BROKERS is set, otherwise the in-process bus. */
export async function openRoad(context: RoadContext, deadLetters: Topic | null, hears: readonly Topic[] = []): Promise<ServiceRoad> {
  const { config, database, log, name, registry } = context;
  const { roadLog, close } = openLog(context);
  const road = new Road({
    service: name,
    database,
    infrastructureUrl: config.INFRASTRUCTURE_DATABASE_URL,
    roadLog,
    deadLetters,
    dataResidency: config.DATA_RESIDENCY ?? null,
    ask: (topic, asked) => askForWholeState({ topic, ...asked }, config.WRITER_URLS, config.SERVICE_TOKEN),
    registry,
    log,
  });
  return {
    outbox: road.outbox,
    epochs: road.epochs,
    follow: (topic, following, proveEveryMs) => road.follow(topic, following, proveEveryMs),
    transport: new TopicServer(road, hears),
    start: () => road.start(),
    stop: async () => {
      await road.stop();
      await close();
    },
    check: () => road.check(),
    restored: () => road.restored(),
    rebuild: (organization) => road.rebuild(organization),
    deadLetters: road.letters,
  };
}

function openLog({ config, log, name, registry }: RoadContext): { roadLog: RoadLog; close(): Promise<void> } {
  if (config.KAFKA_BROKERS) {
    const kafka = new KafkaLog({ brokers: config.KAFKA_BROKERS, service: name, log, sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS });
    return { roadLog: kafka, close: () => kafka.close() };
  }
  if (!config.BUS_DATABASE_URL) throw new Error(`${name} has no bus: set KAFKA_BROKERS, or BUS_DATABASE_URL for the in-process one.`);
  const pool = openPool({
    url: config.BUS_DATABASE_URL,
    name: `turnpike ${name} bus`,
    size: 5,
    // Its statements go by keys: what the planner thinks of today's values is never worth the planning.
    settings: '-c plan_cache_mode=force_generic_plan',
    onError: (error) => log.warn('road.bus.connection-lost', { error }),
  });
  PoolMetrics.of(registry).watch('bus', pool);
  const inProcess = new InProcessLog({ pool, log });
  return {
    roadLog: inProcess,
    close: async () => {
      await inProcess.close();
      await pool.end();
    },
  };
}

/** Asks a topic's writer (the first part of its name) to tell everything again. */
async function askForWholeState(
  asked: { readonly topic: string } & WholeStateAsked,
  writerUrls: ReadonlyMap<string, string>,
  serviceToken: string,
): Promise<void> {
  const { topic } = asked;
  const writer = topic.split('.', 1)[0] ?? '';
  const url = writerUrls.get(writer);
  if (!url) throw new Unavailable(`${writer}, the writer of ${topic} (its address is missing in WRITER_URLS),`);
  const response = await fetch(new URL(`/internal/${writer}/announce-all`, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${serviceToken}`, 'content-type': 'application/json', ...traceHeaders() },
    body: JSON.stringify(asked),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Unavailable(`${writer} (it answered ${response.status} to the request for its whole state)`);
}
