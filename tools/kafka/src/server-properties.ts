export interface BrokerShape {
  port: number;
  controllerPort: number;
  /** Folder of the log segments and of Kafka's own metadata. */
  logs: string;
}

/**
 * One process that is broker and controller. Replication factors of one, as there is nobody to replicate to; few partitions of
 * Kafka's own topics and short pauses, so that it starts fast and tests need not wait; 24 partitions as `partitionOf` counts them.
 */
export function serverProperties(
  { port, controllerPort, logs }: BrokerShape,
  settings: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logs,
    'auto.create.topics.enable': 'false',
    'num.partitions': '24',
    // After SIGKILL the broker may register again only when its former life has timed out (9 s by default).
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '1000',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '8',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'log.retention.check.interval.ms': '5000',
    'log.segment.delete.delay.ms': '1000',
    'log.cleaner.backoff.ms': '2000',
    // The default takes 128 MB of a small heap.
    'log.cleaner.dedupe.buffer.size': '16777216',
    ...settings,
  };
}

/** The file's text. In this format a backslash starts an escape, so that one of a path (Windows) is written twice. */
export function renderProperties(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}
