import { PARTITIONS, TOPICS, type Topic } from '@turnpike/contracts-events';
import { KEEP_MS } from './bus-retention.js';
import { Kafka, logLevel, type Admin } from './kafka-client.js';

/**
 * Makes the topics of these contracts: the fixed number of partitions, compaction for state. What exists stays as it is.
 * @param options.anew deletes them first: for tests, and for nothing else
 */
export async function ensureTopics(options: { brokers: readonly string[]; topics?: readonly Topic[]; anew?: boolean }): Promise<void> {
  const kafka = new Kafka({ clientId: 'topics', brokers: [...options.brokers], logLevel: logLevel.NOTHING, retry: { retries: 8 } });
  const admin = kafka.admin();
  await admin.connect();
  try {
    let existing = new Set(await admin.listTopics());
    const doomed = options.anew ? (options.topics ?? TOPICS).map((topic) => topic.name).filter((name) => existing.has(name)) : [];
    if (doomed.length > 0) {
      await admin.deleteTopics({ topics: doomed });
      while (doomed.some((name) => existing.has(name))) existing = new Set(await admin.listTopics());
    }
    const missing = (options.topics ?? TOPICS).filter((topic) => !existing.has(topic.name));
    if (missing.length === 0) return;
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map((topic) => ({ topic: topic.name, numPartitions: PARTITIONS, configEntries: topicSettings(topic) })),
    });
    await untilLed(admin, missing);
  } finally {
    await admin.disconnect();
  }
}

/** Waits until every partition has a leader; a broker may not know a topic yet that it has just made. */
async function untilLed(admin: Admin, topics: readonly Topic[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const { topics: known } = await admin.fetchTopicMetadata({ topics: topics.map((topic) => topic.name) });
      if (known.every((topic) => topic.partitions.length === PARTITIONS && topic.partitions.every((partition) => partition.leader >= 0)))
        return;
    } catch (error) {
      if (tries >= 100) throw error;
    }
    if (tries >= 100) throw new Error('The topics were made, but after 20 s not every partition has a leader.');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** How long a topic keeps what: a copy that landed late must not be all that is left of a key within a reader's reach (road 2.0 f). */
export function topicSettings(topic: Topic): Array<{ name: string; value: string }> {
  if (topic.kind === 'state') {
    return [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'min.compaction.lag.ms', value: String(KEEP_MS.state) },
    ];
  }
  return [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: String(KEEP_MS[topic.kind]) },
  ];
}
