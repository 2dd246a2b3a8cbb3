import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RoadMessage } from './message.js';

/** What the road of one service counts. Each service has its own registry: many fit in one process. */
export class RoadMetrics {
  readonly handled: Counter<'topic'>;
  readonly delay: Histogram<'topic'>;
  readonly dropped: Counter<'topic'>;
  readonly buried: Counter<'topic' | 'code'>;
  readonly stopped: Counter<'topic'>;
  readonly unreadable: Counter<'topic'>;
  readonly gaps: Counter<'topic'>;
  readonly relayed: Counter<'topic'>;
  readonly windows: Counter;
  readonly refused: Gauge<'topic' | 'partition'>;
  readonly leading: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    const topic = ['topic'] as const;
    this.handled = new Counter({
      name: 'turnpike_messages_handled_total',
      help: 'Messages whose effect was committed here.',
      labelNames: topic,
      registers,
    });
    this.delay = new Histogram({
      name: 'turnpike_message_delay_seconds',
      help: 'From the announcement of a message to its effect here, of the first message of each transaction.',
      labelNames: topic,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
      registers,
    });
    this.dropped = new Counter({
      name: 'turnpike_messages_dropped_total',
      help: 'Copies of messages that had taken effect before.',
      labelNames: topic,
      registers,
    });
    this.buried = new Counter({
      name: 'turnpike_messages_buried_total',
      help: 'Messages laid among the dead letters.',
      labelNames: ['topic', 'code'],
      registers,
    });
    this.stopped = new Counter({
      name: 'turnpike_partition_stops_total',
      help: 'Times a partition stopped until someone acts.',
      labelNames: topic,
      registers,
    });
    this.unreadable = new Counter({
      name: 'turnpike_messages_unreadable_total',
      help: 'Messages without an envelope of ours, skipped.',
      labelNames: topic,
      registers,
    });
    this.gaps = new Counter({
      name: 'turnpike_gaps_total',
      help: "Times the log began after this reader's place.",
      labelNames: topic,
      registers,
    });
    this.relayed = new Counter({
      name: 'turnpike_messages_relayed_total',
      help: 'Messages that the log acknowledged.',
      labelNames: topic,
      registers,
    });
    this.windows = new Counter({
      name: 'turnpike_relay_windows_total',
      help: 'Windows of the outbox that were opened: messages relayed per window say how busy the relay is.',
      registers,
    });
    this.refused = new Gauge({
      name: 'turnpike_relay_partition_refused',
      help: "1 while the log refuses a partition's messages.",
      labelNames: ['topic', 'partition'],
      registers,
    });
    this.leading = new Gauge({ name: 'turnpike_relay_leading', help: '1 while this replica relays for its service.', registers });
  }

  /** Messages of one transaction took effect. @param first of those that it was given */
  took(topic: string, messages: number, first: RoadMessage | undefined): void {
    this.handled.inc({ topic }, messages);
    const announcedAt = Date.parse(first?.headers['ce_time'] ?? '');
    if (messages > 0 && !Number.isNaN(announcedAt)) this.delay.observe({ topic }, Math.max(0, Date.now() - announcedAt) / 1000);
  }
}
