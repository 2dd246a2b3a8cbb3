import { setTimeout as delay } from 'node:timers/promises';
import { kafkaIsPossible, KafkaImpossible, startKafka } from '@turnpike/local-kafka';
import { isRunning, startPostgres } from '@turnpike/local-postgres';
import type { Log } from '@turnpike/service';
import type { Installation } from './installation.js';

/** A server that services need, ours or somebody else's. */
export interface Server {
  /** PostgreSQL: the administrator's URL. Kafka: its brokers, comma separated. */
  readonly address: string;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 2_000;
const GENTLE_STOP_MS = 3_000;

/** A server of somebody else's, which we leave as it is. */
export function serverElsewhere(address: string): Server {
  return { address, stop: async () => undefined };
}

/** PostgreSQL in the installation's folder, taken over where an earlier start left it running, and started again should it die. */
export async function ownPostgres(installation: Installation, log: Log): Promise<Server> {
  const directory = installation.postgres;
  const first = await startPostgres({ directory, log: (sentence) => log.warn('postgres.found', { sentence }) });
  let current = first;
  const watch = keepUp('postgres', log, async () => {
    if (await isRunning(directory)) return false;
    current = await startPostgres({ directory, port: first.port });
    return true;
  });
  return {
    address: first.adminUrl,
    stop: async () => {
      await watch.stop();
      // Connections that services have just closed are still on their way out; sent away, they would cry for help.
      const gently = current.stop('smart');
      await Promise.race([gently, delay(GENTLE_STOP_MS, undefined, { ref: false })]);
      await current.stop('fast');
      await gently;
    },
  };
}

/** A Kafka in the installation's folder, which dies with us, and is started again should it die alone. @throws KafkaImpossible */
export async function ownKafka(installation: Installation, log: Log): Promise<Server> {
  const { missing } = await kafkaIsPossible();
  if (missing !== null) throw new KafkaImpossible(missing);
  const kafka = await startKafka({ directory: installation.kafka });
  let { pid } = kafka;
  const watch = keepUp('kafka', log, async () => {
    await kafka.start();
    const isNew = kafka.pid !== pid;
    ({ pid } = kafka);
    return isNew;
  });
  return {
    address: kafka.brokers.join(','),
    stop: async () => {
      await watch.stop();
      await kafka.stop();
    },
  };
}

/** Looks after a server until it is stopped. @param revive says whether it had to be started */
function keepUp(name: string, log: Log, revive: () => Promise<boolean>): { stop(): Promise<void> } {
  let looking: Promise<void> = Promise.resolve();
  let isStopped = false;
  const look = async () => {
    try {
      if (await revive()) log.warn('server.restarted', { server: name });
    } catch (error) {
      log.error('server.not-restarted', {
        server: name,
        error: error instanceof Error ? error : new Error(String(error)),
        willRetryMs: LOOK_EVERY_MS,
      });
    }
  };
  const next = () => {
    if (isStopped) return;
    looking = look().then(() => void (timer = setTimeout(next, LOOK_EVERY_MS).unref()));
  };
  let timer = setTimeout(next, LOOK_EVERY_MS).unref();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
