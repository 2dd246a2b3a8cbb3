import { PARTITIONS, TOPICS, type Topic } from '@turnpike/contracts-events';
import { inTransaction, type PostgresPool } from '@turnpike/service';
import { pageOfBus } from './bus-page.js';
import { MOVED } from './markers.js';
import type { RoadMessage } from './message.js';
import { moveBook, type BusBook } from './moved-book.js';
import type { RoadLog } from './road-log.js';

/** A service whose road is moved: its database as its infrastructure role. */
export interface MovedService {
  readonly name: string;
  readonly infrastructure: PostgresPool;
}

export interface MoveParts {
  /** The database of the in-process bus, as its infrastructure role. */
  readonly bus: PostgresPool;
  /** None of them may run. */
  readonly services: readonly MovedService[];
  /** Its topics are made already. */
  readonly kafka: Pick<RoadLog, 'name' | 'append' | 'ends' | 'unbooked'>;
  readonly topics?: readonly Topic[];
  /** Told now and then how many messages are on Kafka by now. */
  readonly progress?: (copied: number) => void;
  /** Asked between pages: true ends the move, which the next one goes on with. */
  readonly isStopping?: () => boolean;
}

export interface Move {
  /** Messages that the in-process bus keeps, by topic. */
  readonly messages: ReadonlyMap<string, number>;
  /** Services whose books and places are not on this Kafka yet. */
  readonly services: readonly string[];
  /** Messages that are on Kafka since an earlier try. */
  readonly alreadyCopied: number;
}

export class MoveRefused extends Error {}

const PATIENCE_MS = 30_000;
const AGAIN_MS = 500;

interface Standing {
  readonly topic: string;
  readonly partition: number;
  /** The number to copy from. */
  readonly from: bigint;
}

/**
 * Moves an installation from the in-process bus to Kafka while no service runs: the retained messages with their epochs and numbers, the
 * relays' books with cursor and counters, the readers' places (road 2.0 g, decision 0023). Everything that was not read or not sent is read
 * and sent there, once. A move that ended in the middle is gone on with by the next.
 */
export class MoveToKafka {
  constructor(private readonly parts: MoveParts) {}

  /** What there is to do. Changes nothing. @throws MoveRefused when that Kafka has messages of somebody else's */
  async plan(): Promise<Move> {
    const { bus } = this.parts;
    const { rows } = await bus.query<{ topic: string; n: string }>(
      'select topic, count(*) as n from message group by topic order by topic',
    );
    const standings = await this.standings();
    const copied = await Promise.all(
      standings.map(async ({ topic, partition, from }) => {
        const counted = await bus.query<{ n: string }>(
          'select count(*) as n from message where topic = $1 and partition = $2 and "offset" < $3',
          [topic, partition, String(from)],
        );
        return Number(counted.rows[0]?.n);
      }),
    );
    return {
      messages: new Map(rows.map((row) => [row.topic, Number(row.n)])),
      services: (await this.unmoved()).map(({ name }) => name),
      alreadyCopied: copied.reduce((sum, one) => sum + one, 0),
    };
  }

  /** @returns false when it was stopped in the middle @throws MoveRefused */
  async run(): Promise<boolean> {
    const { isStopping = () => false } = this.parts;
    const services = await this.unmoved();
    if (services.length === 0) return true;
    const standings = await this.standings();
    let copied = (await this.plan()).alreadyCopied;
    for (const topic of new Set(standings.map((one) => one.topic))) {
      let waiting = standings.filter((one) => one.topic === topic);
      while (waiting.length > 0) {
        if (isStopping()) return false;
        const pages = await Promise.all(waiting.map(async (one) => ({ one, page: await this.page(one) })));
        waiting = pages.flatMap(({ one, page }) => {
          const last = page.at(-1);
          return last ? [{ ...one, from: last.number + 1n }] : [];
        });
        copied += await this.copy(pages.flatMap(({ one, page }) => page.map((message) => ({ ...one, message }))));
        this.parts.progress?.(copied);
      }
    }
    const log = await this.parts.kafka.name();
    const book = await this.book();
    for (const service of services) {
      if (isStopping()) return false;
      await inTransaction(service.infrastructure, (client) => moveBook(client, service.name, log, book));
    }
    return true;
  }

  private page({ topic, partition, from }: Standing): Promise<RoadMessage[]> {
    return pageOfBus(this.parts.bus, topic, partition, from);
  }

  private async copy(messages: ReadonlyArray<{ topic: string; partition: number; message: RoadMessage }>): Promise<number> {
    if (messages.length === 0) return 0;
    const outgoing = messages.map(({ topic, partition, message: { number, key, headers, body } }) => ({
      ...{ topic, partition, number, key, body },
      headers: { ...headers, turnpikenumber: String(number), [MOVED]: '1' },
    }));
    // What was taken before a refusal comes twice, with the same numbers.
    await patiently(() =>
      this.parts.kafka.append(outgoing, async ([refusal]) => {
        if (refusal) throw new Error(`Kafka refuses messages of ${refusal.topic}/${refusal.partition}: ${refusal.because.message}`);
      }),
    );
    return messages.length;
  }

  /** Services that an earlier move has not finished. */
  private async unmoved(): Promise<MovedService[]> {
    const log = await this.parts.kafka.name();
    const unmoved: MovedService[] = [];
    for (const service of this.parts.services) {
      const { rows } = await service.infrastructure.query<{ log: string | null }>('select log from life');
      if (rows[0]?.log !== log) unmoved.push(service);
    }
    return unmoved;
  }

  /** Where each partition that the bus knows is to be copied from: behind what an earlier try has brought there. */
  private async standings(): Promise<Standing[]> {
    const { bus, kafka, topics = TOPICS } = this.parts;
    const names = topics.map(({ name }) => name);
    const { messages } = await patiently(() => kafka.unbooked(names, new Map()));
    const last = new Map<string, { number: bigint; id: string }>();
    for (const { topic, partition, number, id } of messages) {
      const name = `${topic}/${partition}`;
      if (number >= (last.get(name)?.number ?? 0n)) last.set(name, { number, id });
    }
    const { rows } = await bus.query<{ topic: string; partition: number }>(
      'select topic, partition from relay_partition where topic = any($1::text[]) order by topic, partition',
      [names],
    );
    const known = new Set(rows.map(({ topic, partition }) => `${topic}/${partition}`));
    const stranger = [...last.keys()].find((name) => !known.has(name));
    if (stranger) throw refusal(stranger);
    const standings: Standing[] = [];
    for (const { topic, partition } of rows) {
      const there = last.get(`${topic}/${partition}`);
      if (there) {
        const { rows: ours } = await bus.query<{ headers: string }>(
          'select headers from message where topic = $1 and partition = $2 and "offset" = $3',
          [topic, partition, String(there.number)],
        );
        if (!ours[0]?.headers.includes(there.id) && (await this.unmoved()).length === this.parts.services.length)
          throw refusal(`${topic}/${partition}`);
      }
      standings.push({ topic, partition, from: (there?.number ?? -1n) + 1n });
    }
    return standings;
  }

  /** What the services' books and places become: the bus', with Kafka's offsets. */
  private async book(): Promise<BusBook> {
    const { bus, kafka, topics = TOPICS } = this.parts;
    const ends = new Map<string, bigint>();
    for (const { name } of topics)
      for (const [partition, { end }] of (await patiently(() => kafka.ends(name))).partitions)
        if (partition < PARTITIONS) ends.set(`${name}/${partition}`, end);
    return { bus, ends };
  }
}

/** Topics that were made a moment ago have no leader here and there, and a broker says so only when it is asked. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

function refusal(partition: string): MoveRefused {
  return new MoveRefused(
    `${partition} on that Kafka has messages that are not of this installation. Give it a Kafka of its own, or delete its topics there first.`,
  );
}
