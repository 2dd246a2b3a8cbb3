import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld, type Bus, type CountingNode } from '@turnpike/testing';
import { setTimeout as sleep } from 'node:timers/promises';

const ORGANIZATIONS = ['acme', 'globex'];
/** Who dies where. A relay that loses its lock is blocked, not killed: it wakes as a zombie and goes on sending. */
const DEATHS = [
  { role: 'writer', point: 'inserted' },
  { role: 'reader', point: 'committing' },
  { role: 'reader', point: 'committed' },
  { role: 'reader', point: 'between-organizations' },
  { role: 'writer', point: 'sent' },
  { role: 'writer', point: 'between-pages' },
] as const;
const KILLS = 40;
const load = (transactions: number) => ({
  ask: 'write' as const,
  topic: 'state' as const,
  organizations: ORGANIZATIONS,
  counters: 30,
  transactions,
  perTransaction: 3,
});

/** Nothing lost, nothing doubled, whoever dies wherever; and the proof that the test would see it. */
export function describeKills(bus: Bus): void {
  describe(`kill -9 on the ${bus} bus`, () => {
    let world: CountingWorld;
    afterEach(async () => world?.close());

    it(`loses nothing and doubles nothing in ${KILLS} kills at named points`, async () => {
      world = await CountingWorld.open(bus);
      const survivor = await world.start('reader');
      let kills = 0;
      for (let index = 0; kills < KILLS && index < KILLS * 2; index++) {
        const { role, point } = DEATHS[index % DEATHS.length]!;
        if (await dies(world, role, point, 1 + (index % 3))) kills++;
      }
      expect(kills).toBe(KILLS);
      await world.start('writer');
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      await survivor.stop();
    }, 400_000);

    it('drops what a relay sends after it has lost its lock', async () => {
      world = await CountingWorld.open(bus);
      await world.start('reader');
      const zombie = await world.start('writer', {
        lockIdleSeconds: 1,
        rowsPerPage: 20,
        atPoint: { point: 'sending', nth: 3, blockMs: 4_000 },
      });
      const writing = zombie.ask(load(150));
      await zombie.reached;
      const heir = await world.start('writer', { lockIdleSeconds: 1 });
      await heir.ask(load(50));
      await writing;
      const account = await world.settles();
      expect(account).toMatchObject({ lost: 0, doubled: 0 });
    });

    it('a build that does not compare numbers doubles when it is killed between two organizations of one batch', async () => {
      expect((await killedBetweenOrganizations(true)).doubled).toBeGreaterThan(0);
      await world.close();
      expect(await killedBetweenOrganizations(false)).toMatchObject({ lost: 0, doubled: 0 });
    });

    async function killedBetweenOrganizations(ignoreNumbers: boolean) {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      await writer.ask(load(200));
      await sleep(1_000); // the backlog is on the log before the reader comes, so that its batches hold both organizations
      const victim = await world.start('reader', { ignoreNumbers, atPoint: { point: 'between-organizations', nth: 2 } });
      await victim.exited;
      await world.start('reader', { ignoreNumbers });
      return world.settles();
    }
  });
}

/** Starts a node that dies at a point, gives it work, and waits for its end. @returns whether it died there */
async function dies(world: CountingWorld, role: 'writer' | 'reader', point: string, nth: number): Promise<boolean> {
  const atPoint = { point, nth };
  const small = { rowsPerPage: 10, lockIdleSeconds: 1 };
  const victim = await world.start(role, role === 'writer' ? { ...small, atPoint } : { atPoint });
  const writer: CountingNode = role === 'writer' ? victim : await world.start('writer', small);
  // In process two readers share what there is, and each takes several partitions at a time: it needs more to come to its point.
  const transactions = world.bus === 'in-process' && role === 'reader' ? 200 : 40;
  writer.ask(load(transactions)).catch(() => undefined); // it may die while it writes: that is the test
  const died = await Promise.race([victim.exited.then(() => true), sleep(12_000).then(() => false)]);
  await victim.kill();
  await writer.kill();
  return died;
}
