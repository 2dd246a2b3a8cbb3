import { afterEach, describe, expect, it } from '@jest/globals';
import { Counted, CountingWorld, until, type Bus } from '@turnpike/testing';

const ORGANIZATIONS = ['acme', 'globex'];
const load = (transactions: number, topic: 'state' | 'log' = 'state') => ({
  ask: 'write' as const,
  topic,
  organizations: ORGANIZATIONS,
  counters: 12,
  transactions,
  perTransaction: 2,
});

/** A writer's database that was set back while its readers and the log went on. */
export function describeSetBack(bus: Bus): void {
  describe(`a writer set back, on the ${bus} bus`, () => {
    let world: CountingWorld;
    afterEach(async () => world?.close());

    /** The version of every counter, by organization. */
    const versions = async () => {
      const { rows } = await world.databases
        .inside('writer')
        .query<{ name: string; version: string }>(`select organization || '/' || id as name, version from counter`);
      return new Map(rows.map((row) => [row.name, Number(row.version)]));
    };
    const epoch = async () => {
      const { rows } = await world.databases.inside('writer').query<{ epoch: string }>('select epoch from life where is_in_book');
      return Number(rows[0]?.epoch ?? 0);
    };
    /** Versions that did not take effect as often as they were told: once in each life that drew them. */
    const wrong = async (lives: ReadonlyArray<ReadonlyMap<string, number>>, keptOf: ReadonlyMap<string, number>) => {
      const { rows } = await world.databases
        .inside('reader')
        .query<{ name: string; version: string; times: number }>(
          `select organization || '/' || counter as name, version, times from effect where topic = $1`,
          [Counted.name],
        );
      const times = new Map(rows.map((row) => [`${row.name} ${row.version}`, row.times]));
      const found: string[] = [];
      for (const [name, last] of lives.at(-1) ?? [])
        for (let version = 1; version <= last; version++) {
          const isKept = version <= (keptOf.get(name) ?? 0);
          const told = isKept ? 1 : lives.filter((life) => (life.get(name) ?? 0) >= version).length;
          if ((times.get(`${name} ${version}`) ?? 0) !== told)
            found.push(`${name} ${version}: ${times.get(`${name} ${version}`) ?? 0} of ${told}`);
        }
      return found;
    };
    const liveAndLose = async (transactions: number) => {
      const writer = await world.start('writer');
      await writer.ask(load(transactions));
      await world.relayed();
      const life = await versions();
      await until('what the lost time told has taken effect', async () => (await world.account()).lost === 0);
      await writer.stop();
      return life;
    };

    it('tells in a new epoch what it draws again, and nothing of it is dropped, nor twice when one backup is restored twice (road 2.0 d)', async () => {
      world = await CountingWorld.open(bus);
      await world.start('reader');
      await liveAndLose(60);
      const kept = await versions();
      await world.databases.keepCopy('writer');
      const lives = [await liveAndLose(40)];
      const epochs = [await epoch()];
      for (const transactions of [30, 70]) {
        await world.databases.setBack('writer');
        const writer = await world.start('writer', { logLevel: 'silent' });
        await until('the writer has begun a new epoch', async () => (await epoch()) > (epochs.at(-1) ?? 0));
        epochs.push(await epoch());
        await writer.ask(load(transactions));
        lives.push(await versions());
        await until('all that is told now takes effect', async () => (await wrong(lives, kept)).length === 0, 60_000).catch(
          () => undefined,
        );
        expect(await wrong(lives, kept)).toEqual([]);
        await writer.stop();
      }
      expect(new Set(epochs).size).toBe(3);
      expect(epochs).toEqual([...epochs].sort((one, other) => one - other));
    }, 240_000);

    it('sends again what it does not know to be sent, and the effect of a happening stays one (road 2.0 e)', async () => {
      world = await CountingWorld.open(bus);
      await world.start('reader');
      const first = await world.start('writer', { lockIdleSeconds: 1 });
      await first.ask(load(5, 'log'));
      await world.settles();
      await first.stop();
      const victim = await world.start('writer', { lockIdleSeconds: 1, atPoint: { point: 'sending', nth: 1 } });
      victim.ask(load(20, 'log')).catch(() => undefined); // it dies before it sends: that is the test
      await victim.exited;
      await world.databases.keepCopy('writer');
      const before = await world.start('writer', { lockIdleSeconds: 1 });
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      await before.ask(load(10, 'log'));
      await world.settles();
      await before.stop();
      await world.databases.setBack('writer');
      const again = await world.start('writer', { logLevel: 'silent' });
      await until('the writer has begun a new epoch', async () => (await epoch()) > 1);
      await again.ask({ ask: 'announce', organization: 'acme', topic: 'log', data: { counter: 'last', version: 1 } });
      await until('what was told last takes effect', async () => (await world.history('acme', 'last')).length === 1);
      const { rows } = await world.databases
        .inside('reader')
        .query<{ n: string }>('select count(*) as n from effect where times > 1 and counter <> $1', ['last']);
      expect(Number(rows[0]?.n)).toBe(0);
    }, 120_000);
  });
}
