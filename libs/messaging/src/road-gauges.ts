import { Measured, type PostgresPool } from '@turnpike/service';
import { Gauge, type Registry } from 'prom-client';
import type { Freshness } from './follower.js';
import type { Places } from './place.js';
import type { RoadLog } from './road-log.js';

export interface RoadGaugeParts {
  readonly service: string;
  readonly registry: Registry;
  readonly infrastructure: PostgresPool;
  readonly roadLog: RoadLog;
  readonly places: Pick<Places, 'ofTopic'>;
  /** The topics that this service hears: none before it reads. */
  readonly hears: () => readonly string[];
}

type Published = { closed: string | null; refused: number };

/** More than that waiting is bad enough: a scrape must stay cheap just then. */
const MOST_COUNTED = 100_000;

/** What the relay has not published yet, as its own windows see it (window.ts); what a partition was refused is counted apart. */
const UNSENT = `select count(*)::int as messages, coalesce(extract(epoch from clock_timestamp() - min(announced_at)), 0)::float8 as seconds
  from ((select announced_at from outbox where $1::text is null or txid >= pg_snapshot_xmax($1::text::pg_snapshot) order by txid limit ${MOST_COUNTED})
        union all
        (select announced_at from outbox where txid = any(array(select pg_snapshot_xip($1::text::pg_snapshot))) limit ${MOST_COUNTED})) unsent`;

const PUBLISHED = `select closed::text as closed, (select count(*)::int from relay_partition p where p.service = w.service and p.lag_closed is not null) as refused
  from relay_window w where service = $1`;

const LETTERS = `select topic, state, count(*)::int as letters, extract(epoch from clock_timestamp() - min(buried_at))::float8 as seconds from dead_letter group by topic, state`;

const GAPS = `select topic, count(*)::int as gaps from gap where asked_at is null group by topic`;

/**
 * How a service's road stands, asked of its database and of the log when somebody scrapes: five small statements, and two questions for
 * each topic that it hears. They are the same from every replica of a service.
 */
export class RoadGauges {
  private readonly followers = new Map<string, Freshness>();

  constructor(private readonly parts: RoadGaugeParts) {
    this.measureOutbox();
    this.measureReader();
    this.measureLag();
    const { followers } = this;
    new Gauge({
      name: 'turnpike_follower_proof_age_seconds',
      help: 'How long ago this replica could prove that its memory of a topic is complete.',
      labelNames: ['topic'],
      registers: [parts.registry],
      collect() {
        for (const [topic, freshness] of followers) this.set({ topic }, (Date.now() - freshness.asOf().getTime()) / 1000);
      },
    });
  }

  follows(topic: string, freshness: Freshness): void {
    this.followers.set(topic, freshness);
  }

  private async published(): Promise<Published> {
    const { infrastructure, roadLog, service } = this.parts;
    const { rows } = await roadLog.bookPool({ infrastructure }).query<Published>(PUBLISHED, [service]);
    return rows[0] ?? { closed: null, refused: 0 };
  }

  private measureOutbox(): void {
    const { registry, infrastructure } = this.parts;
    let known: Published | null = null;
    const measured = new Measured(registry, async () => {
      // Where the book lies with a bus that is away, what it said last tells well enough what waits since.
      known = await this.published().catch((error: unknown) => {
        if (known === null) throw error;
        return known;
      });
      const { closed, refused: partitions } = known;
      const { rows } = await infrastructure.query<{ messages: number; seconds: number }>(UNSENT, [closed]);
      return () => {
        for (const { messages: waiting, seconds } of rows) {
          messages.set(waiting);
          age.set(seconds);
        }
        refused.set(partitions);
      };
    });
    const messages = measured.gauge({
      name: 'turnpike_outbox_messages',
      help: `Messages that were announced and are not on the log yet, counted up to ${MOST_COUNTED}.`,
    });
    const age = measured.gauge({
      name: 'turnpike_outbox_oldest_age_seconds',
      help: 'How long the oldest of them has waited; 0 when none does.',
    });
    const refused = measured.gauge({ name: 'turnpike_relay_partitions_refused', help: 'Partitions whose messages the log refuses.' });
  }

  private measureReader(): void {
    const { registry, infrastructure } = this.parts;
    const measured = new Measured(registry, async () => {
      const { rows: found } = await infrastructure.query<{ topic: string; state: string; letters: number; seconds: number }>(LETTERS);
      const { rows: gaps } = await infrastructure.query<{ topic: string; gaps: number }>(GAPS);
      return () => {
        for (const topic of this.parts.hears()) {
          letters.set({ topic, state: 'buried' }, 0);
          unasked.set({ topic }, 0);
        }
        for (const { topic, state, letters: count, seconds } of found) {
          letters.set({ topic, state }, count);
          oldest.set({ topic, state }, seconds);
        }
        for (const { topic, gaps: count } of gaps) unasked.set({ topic }, count);
      };
    });
    const letters = measured.gauge({
      name: 'turnpike_dead_letters',
      help: 'Messages that could not take effect and wait for a replay, by topic; "parked" ones wait behind a buried one.',
      labelNames: ['topic', 'state'],
    });
    const oldest = measured.gauge({
      name: 'turnpike_dead_letters_oldest_age_seconds',
      help: 'How long the oldest of them has waited.',
      labelNames: ['topic', 'state'],
    });
    const unasked = measured.gauge({
      name: 'turnpike_reader_gaps',
      help: 'Stretches of a topic that this reader has missed and has not been able to ask its writer for: until then it is stale.',
      labelNames: ['topic'],
    });
  }

  private measureLag(): void {
    const { registry, roadLog, places } = this.parts;
    const measured = new Measured(registry, async () => {
      const lags = await Promise.all(
        this.parts.hears().map(async (topic) => {
          const [{ partitions }, known] = await Promise.all([roadLog.ends(topic), places.ofTopic(topic)]);
          const behind = [...partitions].map(([partition, { start, end }]) => {
            const from = known.get(partition)?.offset ?? start;
            return Number(end - (from > start ? from : start));
          });
          return { topic, messages: behind.reduce((sum, messages) => sum + Math.max(0, messages), 0) };
        }),
      );
      return () => lags.forEach(({ topic, messages }) => lag.set({ topic }, messages));
    });
    const lag = measured.gauge({
      name: 'turnpike_reader_lag_messages',
      help: 'Messages of a topic that are on the log and have not taken effect here; on Kafka, offsets that compaction emptied count.',
      labelNames: ['topic'],
    });
  }
}
