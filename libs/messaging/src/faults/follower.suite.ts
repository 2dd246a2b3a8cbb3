import { afterEach, describe, expect, it } from '@jest/globals';
import type { EventOf } from '@turnpike/contracts-events';
import { Database, Log, openPool } from '@turnpike/service';
import { brokers, type Bus, Counted, CountingWorld, until, WriterDeadLetters } from '@turnpike/testing';
import { Registry } from 'prom-client';
import type { Freshness } from '../follower.js';
import { InProcessLog } from '../in-process.js';
import { KafkaLog } from '../kafka.js';
import { Road } from '../road.js';

const ORGANIZATIONS = ['acme', 'globex'];
const LOAD = { ask: 'write' as const, topic: 'state' as const, organizations: ORGANIZATIONS, counters: 20, perTransaction: 2 };

/** A replica of the writer that only follows: what it holds must become what the writer's table says. */
class Replica {
  readonly held = new Map<string, number>();
  private readonly applied = new Map<string, number>();
  loads = 0;
  /** Messages that were handed over after a newer one of their key. */
  outOfOrder = 0;
  private freshness: Freshness | null = null;

  private constructor(
    private readonly database: Database,
    private readonly road: Road,
    private readonly close: () => Promise<void>,
  ) {}

  static async start(world: CountingWorld): Promise<Replica> {
    const { url, infrastructureUrl } = world.databases.of('writer');
    const log = Log.of('replica', process.env['TEST_LOG'] ?? 'silent');
    const database = await Database.open({ url, service: 'writer', entities: [] });
    const pool = openPool({ url: world.databases.of('bus').infrastructureUrl, name: 'replica bus', size: 3, onError: () => undefined });
    const roadLog =
      world.bus === 'kafka'
        ? new KafkaLog({ brokers: brokers(), service: 'writer', log, sessionTimeoutMs: 10_000 })
        : new InProcessLog({ pool, log });
    const registry = new Registry();
    const ask = async () => undefined;
    const road = new Road({ service: 'writer', database, infrastructureUrl, roadLog, deadLetters: WriterDeadLetters, ask, registry, log });
    const replica = new Replica(database, road, async () => {
      await roadLog.close();
      await pool.end();
    });
    replica.freshness = await road.follow(Counted, replica, 200);
    return replica;
  }

  async load(): Promise<void> {
    this.loads++;
    this.held.clear();
    for (const [key, version] of await this.table()) this.held.set(key, version);
  }

  apply({ scope, data }: EventOf<typeof Counted>): void {
    const key = `${scope.organization}/${data.counter}`;
    if ((this.applied.get(key) ?? 0) > data.version) this.outOfOrder++;
    this.applied.set(key, data.version);
    this.held.set(key, Math.max(data.version, this.held.get(key) ?? 0));
  }

  get asOf(): Date {
    return this.freshness?.asOf() ?? new Date(0);
  }

  async isRight(): Promise<boolean> {
    const table = await this.table();
    return table.size === this.held.size && [...table].every(([key, version]) => this.held.get(key) === version);
  }

  async stop(): Promise<void> {
    await this.road.stop();
    await this.close();
    await this.database.close();
  }

  private async table(): Promise<Map<string, number>> {
    const table = new Map<string, number>();
    for (const organization of ORGANIZATIONS) {
      const rows = await this.database.transaction(organization, ({ sql }) =>
        sql<{ id: string; version: string }>('select id, version from counter'),
      );
      for (const { id, version } of rows) table.set(`${organization}/${id}`, Number(version));
    }
    return table;
  }
}

/** What both buses must do alike; each bus's spec calls it. */
export function describeFollower(bus: Bus): void {
  describe(`replicas that follow their own service over the ${bus} bus`, () => {
    let world: CountingWorld;
    const replicas: Replica[] = [];
    afterEach(async () => {
      for (const replica of replicas.splice(0)) await replica.stop();
      await world?.close();
    });

    it('hold what was there, and each of them everything that came while they loaded and after', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      await writer.ask({ ...LOAD, transactions: 100 });
      const writing = writer.ask({ ...LOAD, transactions: 200 });
      for (let count = 0; count < 2; count++) replicas.push(await Replica.start(world));
      await writing;
      for (const replica of replicas) await until('a replica holds what the table says', () => replica.isRight());
      const quiet = new Date();
      for (const replica of replicas) {
        await until('it is proven that nothing is missing', async () => replica.asOf > quiet);
        expect([replica.loads, replica.outOfOrder]).toEqual([1, 0]);
      }
      const before = Date.now();
      await writer.ask({ ...LOAD, transactions: 1 });
      for (const replica of replicas) await until('a replica holds what the table says', () => replica.isRight());
      expect(Date.now() - before).toBeLessThan(1_000);
    });

    it('are right again after the relay died between sending and booking', async () => {
      world = await CountingWorld.open(bus);
      const victim = await world.start('writer', { rowsPerPage: 10, atPoint: { point: 'sent', nth: 3 } });
      const replica = await Replica.start(world);
      replicas.push(replica);
      victim.ask({ ...LOAD, transactions: 100 }).catch(() => undefined); // it dies while it writes: that is the test
      await victim.exited;
      await world.start('writer');
      const restarted = new Date();
      await until('the replica holds what the table says', () => replica.isRight());
      await until('it is proven that nothing is missing', async () => replica.asOf > restarted);
      expect(await replica.isRight()).toBe(true);
      expect(replica.outOfOrder).toBe(0);
    });
  });
}
