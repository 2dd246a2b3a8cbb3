import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { toHeaders } from '@turnpike/contracts-events';
import { Database, Log, openPool, type PostgresPool } from '@turnpike/service';
import { Counted, freshDatabases, Posted, readerPlan, type FreshDatabases } from '@turnpike/testing';
import { Registry } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import type { TopicHandler } from './incoming.js';
import type { Batch, RoadMessage } from './message.js';
import { RoadMetrics } from './metrics.js';
import { Gaps } from './gaps.js';
import { Places } from './place.js';
import { ReadingStart } from './reading-start.js';
import { ReadingTogether } from './reading-together.js';

const LOG = 'in-process:test';

/** Batches of several partitions in one transaction: the effects and the places that reading each by itself would leave. */
describe('reading several partitions together', () => {
  let databases: FreshDatabases;
  let database: Database;
  let pool: PostgresPool;
  let reading: ReadingTogether;
  let handled: string[];
  let transactions: Set<object>;
  let poison: string | null;
  let takesMs: number;

  const handler: TopicHandler = {
    topic: Counted,
    async handle({ scope, data }) {
      const transaction = database.current();
      transactions.add(transaction);
      const { counter, version } = Counted.data.parse(data);
      if (`${counter}@${version}` === poison) throw new Error('a bug');
      await new Promise((resolve) => setTimeout(resolve, takesMs));
      handled.push(`${scope.organization}:${counter}@${version}`);
      await transaction.sql(
        `insert into effect (organization, topic, counter, version, times, latency_ms) values ($1, $2, $3, $4, 1, 0)
         on conflict (organization, topic, counter, version) do update set times = effect.times + 1`,
        [scope.organization, Counted.name, counter, version],
      );
    },
  };

  beforeEach(async () => {
    databases = await freshDatabases([readerPlan]);
    const { url, infrastructureUrl } = databases.of('reader');
    database = await Database.open({ url, service: 'reader', entities: [] });
    pool = openPool({ url: infrastructureUrl, name: 'test', size: 2, onError: () => undefined });
    const metrics = new RoadMetrics(new Registry());
    const places = new Places(pool);
    const gaps = new Gaps(pool, async () => undefined, metrics, Log.of('test', 'silent'));
    reading = new ReadingTogether({
      service: 'reader',
      database,
      places,
      metrics,
      start: new ReadingStart(places, gaps),
      tookEffect: () => undefined,
    });
    [handled, transactions, poison, takesMs] = [[], new Set(), null, 0];
    for (const partition of [0, 1, 2]) {
      await places.openEpoch(Counted.name, partition, LOG, 1n);
      await places.skip(Counted.name, partition, LOG, 1n);
    }
  });
  afterEach(async () => {
    await database.close();
    await pool.end();
    await databases.drop();
  });

  const message = (organization: string, counter: string, version: number, number: number): RoadMessage => {
    const scope = { organization, environment: 'test' } as const;
    const key = `${organization}/test/${counter}`;
    return {
      offset: BigInt(number),
      number: BigInt(number),
      epoch: 1n,
      key,
      headers: toHeaders({
        id: uuidv7(),
        topic: Counted.name,
        at: new Date(),
        key,
        orderKey: key,
        scope,
        epoch: 1,
        number: BigInt(number),
      }),
      body: Buffer.from(JSON.stringify({ counter, version })),
    };
  };
  const batch = (partition: number, messages: RoadMessage[], from = 1n): Batch => ({
    topic: Counted.name,
    partition,
    log: LOG,
    askedFrom: from,
    logStart: async () => 0n,
    messages,
    end: messages.at(-1)!.offset + 1n,
    logEnd: async () => messages.at(-1)!.offset + 1n,
  });
  const places = async () =>
    (
      await databases
        .inside('reader')
        .query<{ place: string }>(
          `select organization || '/' || partition || ': ' || number || ' ' || next_offset as place from place order by organization, partition`,
        )
    ).rows.map(({ place }) => place);
  const effects = async () =>
    (
      await databases
        .inside('reader')
        .query<{ effect: string }>(`select counter || '@' || version || ' x' || times as effect from effect order by 1`)
    ).rows.map(({ effect }) => effect);

  it('is one transaction, in the order of each partition, and moves every place', async () => {
    const batches = [
      batch(0, [message('acme', 'a', 1, 1), message('acme', 'a', 2, 2)]),
      batch(1, [message('acme', 'b', 1, 1)]),
      batch(2, [message('acme', 'c', 1, 1)]),
    ];
    expect(await reading.read(handler, batches)).toEqual(new Set(batches));
    expect(transactions.size).toBe(1);
    expect(handled).toEqual(['acme:a@1', 'acme:a@2', 'acme:b@1', 'acme:c@1']);
    expect(await places()).toEqual(['/0: 2 3', '/1: 1 2', '/2: 1 2', 'acme/0: 2 0', 'acme/1: 1 0', 'acme/2: 1 0']);
  });

  it('drops what has taken effect before, and copies inside a batch', async () => {
    const first = [batch(0, [message('acme', 'a', 1, 1)]), batch(1, [message('acme', 'b', 1, 1)])];
    await reading.read(handler, first);
    await databases.inside('reader').query(`update place set next_offset = 1 where organization = ''`);
    const again = [
      batch(0, [message('acme', 'a', 1, 1), message('acme', 'a', 2, 2), { ...message('acme', 'a', 2, 2), offset: 3n }]),
      batch(1, [message('acme', 'b', 1, 1)]),
    ];
    expect((await reading.read(handler, again)).size).toBe(2);
    expect(await effects()).toEqual(['a@1 x1', 'a@2 x1', 'b@1 x1']);
  });

  it('does nothing at all when one message fails, and leaves its partition out the next time', async () => {
    poison = 'b@1';
    const batches = [
      batch(0, [message('acme', 'a', 1, 1)]),
      batch(1, [message('acme', 'b', 1, 1)]),
      batch(2, [message('acme', 'c', 1, 1)]),
    ];
    expect((await reading.read(handler, batches)).size).toBe(0);
    expect(await effects()).toEqual([]);
    expect(await places()).toEqual(['/0: 1 1', '/1: 1 1', '/2: 1 1']);
    expect(await reading.read(handler, batches)).toEqual(new Set([batches[0], batches[2]]));
    expect(await effects()).toEqual(['a@1 x1', 'c@1 x1']);
  });

  it('does nothing at all when the handlers take longer than a second together, and leaves all of them to the reader from then on', async () => {
    takesMs = 600;
    const batches = [0, 1, 2].map((partition) => batch(partition, [message('acme', `slow-${partition}`, 1, 1)]));
    expect((await reading.read(handler, batches)).size).toBe(0);
    expect(handled).toHaveLength(2);
    expect(await effects()).toEqual([]);
    expect((await reading.read(handler, batches)).size).toBe(0);
    expect(handled).toHaveLength(2);
  });

  it('keeps what one organization committed when another’s part fails: the offset stays, and its numbers say that it is done', async () => {
    poison = 'z@1';
    const batches = [
      batch(0, [message('acme', 'a', 1, 1), message('zeta', 'z', 1, 2)]),
      batch(1, [message('acme', 'b', 1, 1)]),
      batch(2, [message('zeta', 'y', 1, 1)]),
    ];
    expect((await reading.read(handler, batches)).size).toBe(0);
    expect(await effects()).toEqual(['a@1 x1', 'b@1 x1']);
    expect(await places()).toEqual(['/0: 1 1', '/1: 1 2', '/2: 1 1', 'acme/0: 1 0', 'acme/1: 1 0']);
  });

  it('leaves to the reader what is not plain: another place, another log or one made again, an unreadable message, a topic that parks', async () => {
    const plain = batch(0, [message('acme', 'a', 1, 1)]);
    const behind = batch(1, [message('acme', 'b', 1, 1)], 0n);
    const otherLog = { ...batch(2, [message('acme', 'c', 1, 1)]), log: 'in-process:other' };
    expect((await reading.read(handler, [plain, behind, otherLog])).size).toBe(0);
    const madeAgain = batch(1, [{ ...message('acme', 'b', 1, 9), offset: 1n }]); // more numbers than offsets: some are missing before it
    expect((await reading.read(handler, [plain, madeAgain])).size).toBe(0);
    const unreadable = batch(1, [{ ...message('acme', 'b', 1, 1), body: Buffer.from('{}') }]);
    expect((await reading.read(handler, [plain, unreadable])).size).toBe(0);
    expect((await reading.read({ ...handler, topic: Posted }, [plain, batch(1, [message('acme', 'b', 1, 1)])])).size).toBe(0);
    expect(handled).toEqual([]);
  });
});
