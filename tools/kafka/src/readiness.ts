import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { NotReady, WrongCluster } from './errors.js';

// kafkajs warns in every process that the choice of partition changed in version 2; here it does not matter.
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

// kafkajs 2.2.4 sets a timer of minus fifty years when nothing is pending, and Node 24 warns of it on every start.
const { prototype: queue }: { prototype: RequestQueue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js');
const schedule = queue.scheduleCheckPendingRequests;
queue.scheduleCheckPendingRequests = function scheduleIfPending(this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};

export interface Wait {
  broker: string;
  /** The cluster that must answer: a probe of the port alone may meet somebody else's broker. */
  clusterId: string;
  seconds: number;
  /** Why to stop waiting (the broker has ended), or null. */
  hasFailed?: () => Error | null;
}

/**
 * Resolves when the broker answers as our cluster and a consumer group can be joined. The second comes up to a second later:
 * just after a cold start, coordinators answer "loading" and "not available", which would cost the first test its patience.
 * @throws WrongCluster, NotReady, or what hasFailed gives
 */
export async function untilReady({ broker, clusterId, seconds, hasFailed = () => null }: Wait): Promise<void> {
  const kafka = new Kafka({
    clientId: 'turnpike-readiness',
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
  });
  const end = Date.now() + seconds * 1000;
  let isOurs = false;
  let reason = 'nobody answers';
  while (Date.now() < end) {
    const failure = hasFailed();
    if (failure) throw failure;
    try {
      isOurs ||= await answersAs(kafka, broker, clusterId);
      if (isOurs) return await joinGroup(kafka, end);
    } catch (error) {
      if (error instanceof WrongCluster) throw error;
      reason = String(error);
    }
    await delay(100);
  }
  throw new NotReady(broker, seconds, reason);
}

async function answersAs(kafka: Kafka, broker: string, clusterId: string): Promise<true> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const found = (await admin.describeCluster()).clusterId;
    if (found !== clusterId) throw new WrongCluster(broker, found, clusterId);
    return true;
  } finally {
    await admin.disconnect();
  }
}

/** A topic and a group of its own, both removed again: whoever lists topics finds an empty broker. */
async function joinGroup(kafka: Kafka, end: number): Promise<void> {
  const name = `turnpike-readiness-${randomUUID()}`;
  const admin = kafka.admin();
  const consumer = kafka.consumer({
    groupId: name,
    sessionTimeout: 6_000,
    // Leaving waits for the fetch under way, so that one is short.
    maxWaitTimeInMs: 50,
    retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 200 },
  });
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic: name, numPartitions: 1 }], waitForLeaders: true });
    await joined(consumer, name, end);
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([name]).catch(() => undefined);
    await admin.deleteTopics({ topics: [name] }).catch(() => undefined);
    await admin.disconnect();
  }
}

async function joined(consumer: Consumer, topic: string, end: number): Promise<void> {
  const joins = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  });
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ eachBatch: async () => undefined });
  const isLate = delay(Math.max(end - Date.now(), 0), undefined, { ref: false }).then(() => {
    throw new Error('no consumer group could be joined');
  });
  await Promise.race([joins, isLate]);
}
