import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import { defineTopic, type EventOf, partitionOf, PARTITIONS, toHeaders, type Topic } from '@turnpike/contracts-events';
import { Database, Log, openPool, protectTable, type DatabasePlan, type PostgresPool } from '@turnpike/service';
import { freshDatabases, until, type FreshDatabases } from '@turnpike/testing';
import { Registry } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { DeadLetters } from './dead-letters.js';
import { Gaps, type WholeStateAsked } from './gaps.js';
import { HeardEpochs, isStale } from './heard-epochs.js';
import type { Copy, TopicHandler } from './incoming.js';
import { Lapses, markDeleted } from './lapses.js';
import { markerHeaders, type Marker } from './markers.js';
import type { Batch, RoadMessage } from './message.js';
import { RoadMetrics } from './metrics.js';
import { Outbox } from './outbox.js';
import { Places } from './place.js';
import { Reader } from './reader.js';
import { roadTables } from './road-tables.js';
import { Signal } from './signal.js';

const Thing = defineTopic({
  ...{ name: 'maker.thing.changed.v1', kind: 'state', burial: 'heals' },
  key: (one) => one.id,
  order: (one) => one.id,
  data: z.object({ id: z.string(), version: z.object({ epoch: z.int(), n: z.int() }) }),
});

class KeeperTables extends Migration {
  override up(): void {
    for (const statement of roadTables('keeper')) this.addSql(statement);
    this.addSql(`create table known_thing (organization text not null, environment text not null, id text not null, deleted_at timestamptz,
      version_epoch bigint not null, version_n bigint not null, revision int not null default 1, primary key (organization, environment, id))`);
    for (const statement of protectTable('keeper', 'known_thing')) this.addSql(statement);
  }
}
const plan: DatabasePlan = { service: 'keeper', migrations: [{ name: 'Migration20261121000002_keeper', class: KeeperTables }] };
const LOG = 'in-process:test';
const PARTITION = partitionOf('acme/test/a');

/** A reader on a real database; the test is its bus. */
describe('a reader in a new epoch', () => {
  let databases: FreshDatabases;
  let database: Database;
  let pool: PostgresPool;
  let reader: Reader;
  let lapses: Lapses;
  let asked: WholeStateAsked[];
  let transactions: string[];

  beforeEach(async () => {
    databases = await freshDatabases([plan]);
    const { url, infrastructureUrl } = databases.of('keeper');
    database = await Database.open({ url, service: 'keeper', entities: [] });
    pool = openPool({ url: infrastructureUrl, name: 'test', size: 3, onError: () => undefined });
    [asked, transactions] = [[], []];
    const handler: TopicHandler = { topic: Thing, handle, keeps: { table: 'known_thing' }, lapsed };
    const handlers = new Map([[Thing.name, handler]]);
    const log = Log.of('test', 'silent');
    const metrics = new RoadMetrics(new Registry());
    const places = new Places(pool);
    const gaps = new Gaps(pool, async (_, what) => void asked.push(what), metrics, log);
    const epochs: HeardEpochs = new HeardEpochs({ infrastructure: pool, places, gaps, log, told: () => lapses.lookSoon() });
    lapses = new Lapses({ database, infrastructure: pool, epochs, handlers: () => handlers, log });
    const deadLetters = new DeadLetters(new Outbox(database, new Signal()), null);
    const setBack = async () => undefined;
    reader = new Reader(handlers, { service: 'keeper', database, places, deadLetters, gaps, epochs, setBack, metrics, log });
  });
  afterEach(async () => {
    await lapses.stop();
    await database.close();
    await pool.end();
    await databases.drop();
  });

  async function handle(event: EventOf<Topic>): Promise<void> {
    const { id, version } = Thing.data.parse(event.data);
    const { scope } = event;
    transactions.push(`${scope.organization}/${id}@${version.epoch}.${version.n}`);
    await database.current().sql(
      `insert into known_thing as known (organization, environment, id, version_epoch, version_n) values ($1, $2, $3, $4, $5)
         on conflict (organization, environment, id) do update set version_epoch = excluded.version_epoch, version_n = excluded.version_n
         where (known.version_epoch, known.version_n) < (excluded.version_epoch, excluded.version_n)`,
      [scope.organization, scope.environment, id, version.epoch, version.n],
    );
  }
  async function lapsed(copies: readonly Copy[]): Promise<void> {
    await markDeleted(database.current(), 'known_thing', copies, new Date());
  }

  const headersOf = (organization: string, id: string) =>
    toHeaders({
      ...{ id: uuidv7(), topic: Thing.name, at: new Date(), key: `${organization}/test/${id}`, orderKey: `${organization}/test/${id}` },
      scope: { organization, environment: 'test' },
    });
  /** @param epoch of the message; the writer's row knows nothing of epochs and says 1 */
  const thing = (organization: string, id: string, n: number, epoch: number, number: number): RoadMessage => ({
    ...{ offset: BigInt(number), number: BigInt(number), epoch: BigInt(epoch), key: `${organization}/test/${id}` },
    headers: headersOf(organization, id),
    body: Buffer.from(JSON.stringify({ id, version: { epoch: 1, n } })),
  });
  const marker = (kind: Marker, epoch: number, number: number): RoadMessage => ({
    ...{ offset: BigInt(number), number: BigInt(number), epoch: BigInt(epoch), key: kind, body: null },
    headers: markerHeaders(headersOf('', kind), kind),
  });
  const read = async (partition: number, ...messages: RoadMessage[]) => {
    const [first, last] = [messages[0]!.offset === 1n ? 0n : messages[0]!.offset, messages.at(-1)!.offset + 1n];
    const batch: Batch = {
      ...{ topic: Thing.name, partition, log: LOG, askedFrom: first, messages, end: last },
      logStart: async () => 0n,
      logEnd: async () => last,
    };
    expect(await reader.read(batch, () => true)).toEqual({ next: 'read-on', offset: last });
  };
  const known = async () => {
    const { rows } = await databases
      .inside('keeper')
      .query<{ known: string }>(
        `select organization || '/' || id || '@' || version_epoch || '.' || version_n || case when deleted_at is null then '' else ' gone' end as known from known_thing order by 1`,
      );
    return rows.map((row) => row.known);
  };

  it('drops what a zombie tells of the lost time, for every organization, also one that has heard nothing since (road 2.0 b)', async () => {
    await read(PARTITION, thing('acme', 'a', 1, 1, 1), thing('globex', 'a', 1, 1, 2));
    await read(
      PARTITION,
      thing('acme', 'a', 2, 1, 3),
      marker('epoch-opened', 7, 4),
      thing('acme', 'a', 2, 7, 5),
      thing('globex', 'a', 9, 1, 6), // of the time that is lost: above what globex has heard last
    );
    expect(transactions).toEqual(['acme/a@1.1', 'globex/a@1.1', 'acme/a@1.2', 'acme/a@7.2']);
    await read(PARTITION, thing('globex', 'a', 9, 1, 7), thing('globex', 'a', 1, 7, 8));
    expect(await known()).toEqual(['acme/a@7.2', 'globex/a@7.1']);
  });

  it('takes what is told again for newer, asks once by its epoch, and takes away what nobody tells any more (road 2.0 c)', async () => {
    await read(PARTITION, thing('acme', 'a', 7, 1, 1), thing('acme', 'lost', 1, 1, 2));
    expect(await isStale(pool)).toBe(false);
    await read(PARTITION, marker('epoch-opened', 7, 3), thing('acme', 'a', 5, 7, 4));
    expect(await isStale(pool)).toBe(true);
    await until('the reader asks for the whole state', async () => asked.length > 0);
    expect(asked).toEqual([{ epoch: 7 }]);
    await read(PARTITION, marker('epoch-told', 7, 5));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(await known()).toEqual(['acme/a@7.5', 'acme/lost@1.1']); // another partition may still tell of it
      if (partition !== PARTITION) await read(partition, marker('epoch-opened', 7, 1), marker('epoch-told', 7, 2));
    }
    await until('the reader is not stale any more', async () => !(await isStale(pool)));
    expect(await known()).toEqual(['acme/a@7.5', 'acme/lost@7.0 gone']);
    await read(PARTITION, thing('acme', 'lost', 1, 7, 6)); // made again
    expect(await known()).toEqual(['acme/a@7.5', 'acme/lost@7.1 gone']);
  });

  it('keeps what it could not understand: a burial is no reason to take something away (road 2.0 c)', async () => {
    await read(PARTITION, thing('acme', 'a', 1, 1, 1));
    await read(
      PARTITION,
      marker('epoch-opened', 7, 2),
      { ...thing('acme', 'a', 1, 7, 3), body: Buffer.from('{}') },
      marker('epoch-told', 7, 4),
    );
    for (let partition = 0; partition < PARTITIONS; partition++)
      if (partition !== PARTITION) await read(partition, marker('epoch-opened', 7, 1), marker('epoch-told', 7, 2));
    await until('the reader is not stale any more', async () => !(await isStale(pool)));
    expect(await known()).toEqual(['acme/a@1.1']);
  });

  it('is rebuilt for one organization by forgetting its versions; places and other organizations stay (road 2.0 h)', async () => {
    await read(PARTITION, thing('acme', 'a', 3, 1, 1), thing('globex', 'a', 3, 1, 2));
    const placesBefore = await databases.inside('keeper').query('select organization, epoch, number, next_offset from place order by 1');
    expect(await lapses.forgetVersions('acme')).toEqual([Thing.name]);
    expect(await known()).toEqual(['acme/a@0.0', 'globex/a@1.3']);
    expect((await databases.inside('keeper').query('select organization, epoch, number, next_offset from place order by 1')).rows).toEqual(
      placesBefore.rows,
    );
    await read(PARTITION, thing('acme', 'a', 3, 1, 3));
    expect(await known()).toEqual(['acme/a@1.3', 'globex/a@1.3']);
  });

  it('notices a topic that was made again and has grown beyond its place by numbers that rise faster than offsets (road 2.0 g)', async () => {
    await read(PARTITION, thing('acme', 'a', 1, 1, 0), thing('acme', 'a', 2, 1, 1));
    const after = (offset: number, number: number): RoadMessage => ({ ...thing('acme', 'a', number, 1, number), offset: BigInt(offset) });
    const batch: Batch = {
      ...{ topic: Thing.name, partition: PARTITION, log: LOG, askedFrom: 2n, messages: [after(2, 5)], end: 3n },
      logStart: async () => 0n,
      logEnd: async () => 3n,
    };
    expect(await reader.read(batch, () => true)).toEqual({ next: 'read-from', offset: 0n });
    await read(PARTITION, after(0, 3), after(1, 4), after(2, 5));
    expect(await known()).toEqual(['acme/a@1.5']);
  });
});
