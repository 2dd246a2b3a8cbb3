import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld, type Bus } from '@turnpike/testing';

const ORGANIZATIONS = ['acme', 'globex'];

/** What readers may rely on about order, and what nobody waits for. */
export function describeOrder(bus: Bus): void {
  describe(`order on the ${bus} bus`, () => {
    let world: CountingWorld;
    afterEach(async () => world?.close());

    it("never lets a key's version fall while two replicas write the same keys in long transactions (road 1.1)", async () => {
      world = await CountingWorld.open(bus);
      await world.start('reader');
      await world.start('reader');
      const writers = [await world.start('writer', { rowsPerPage: 50 }), await world.start('writer', { rowsPerPage: 50 })];
      const load = {
        ask: 'write' as const,
        topic: 'state' as const,
        organizations: ORGANIZATIONS,
        counters: 15,
        transactions: 400,
        perTransaction: 3,
        holdMs: 60,
      };
      await Promise.all(writers.map((writer) => writer.ask(load)));
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      for (const organization of ORGANIZATIONS) {
        for (let counter = 0; counter < 15; counter++) {
          const history = await world.history(organization, `counter-${counter}`);
          expect(history).toEqual([...history].sort((a, b) => a - b));
        }
      }
      expect(await world.deadlocks('reader')).toBe(0);
    });

    it("waits for nobody's transaction in another database of the cluster (road 1.2)", async () => {
      world = await CountingWorld.open(bus);
      const stranger = await world.databases.inside('bus').connect();
      await stranger.query('create table if not exists stranger (n int)');
      await stranger.query('begin');
      await stranger.query('insert into stranger values (1)');
      try {
        await world.start('reader');
        const writer = await world.start('writer');
        await writer.ask({
          ask: 'write',
          topic: 'state',
          organizations: ORGANIZATIONS,
          counters: 10,
          transactions: 100,
          perTransaction: 2,
        });
        expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      } finally {
        await stranger.query('rollback');
        stranger.release();
      }
    });

    it('carries large messages, and many to one partition, in requests that a broker takes (road 1.4)', async () => {
      world = await CountingWorld.open(bus);
      await world.start('reader');
      const writer = await world.start('writer');
      await writer.ask({
        ask: 'write',
        topic: 'state',
        organizations: ['acme'],
        counters: 1,
        transactions: 600,
        perTransaction: 1,
        fillingBytes: 2_900,
      });
      await writer.ask({
        ask: 'write',
        topic: 'state',
        organizations: ['acme'],
        counters: 1,
        transactions: 5,
        perTransaction: 1,
        fillingBytes: 890 * 1024,
      });
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0, announced: 605 });
      await expect(
        writer.ask({
          ask: 'write',
          topic: 'state',
          organizations: ['acme'],
          counters: 1,
          transactions: 1,
          perTransaction: 1,
          fillingBytes: 901 * 1024,
        }),
      ).rejects.toThrow(/at most 921600/);
    });

    it('goes on with another replica when the leading relay falls silent, and drops what it says when it wakes (road 1.5)', async () => {
      world = await CountingWorld.open(bus);
      await world.start('reader');
      const leader = await world.start('writer', { lockIdleSeconds: 1 });
      await leader.ask({ ask: 'write', topic: 'state', organizations: ORGANIZATIONS, counters: 5, transactions: 20, perTransaction: 2 });
      process.kill(leader.pid, 'SIGSTOP');
      const heir = await world.start('writer', { lockIdleSeconds: 1 });
      await heir.ask({ ask: 'write', topic: 'state', organizations: ORGANIZATIONS, counters: 5, transactions: 50, perTransaction: 2 });
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      process.kill(leader.pid, 'SIGCONT');
      await leader.ask({ ask: 'write', topic: 'state', organizations: ORGANIZATIONS, counters: 5, transactions: 20, perTransaction: 2 });
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
    });
  });
}
