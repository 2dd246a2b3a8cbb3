import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld, type Bus } from '@turnpike/testing';

const ORGANIZATIONS = ['acme', 'globex'];

/** What both buses must do alike; each bus's spec calls it. */
export function describeRoad(bus: Bus): void {
  describe(`the road over the ${bus} bus`, () => {
    let world: CountingWorld;
    afterEach(async () => world?.close());

    it('brings every announced message to its reader once, in the order of its key', async () => {
      world = await CountingWorld.open(bus);
      await world.start('reader');
      const writer = await world.start('writer');
      await writer.ask({ ask: 'write', topic: 'state', organizations: ORGANIZATIONS, counters: 20, transactions: 300, perTransaction: 3 });
      const account = await world.settles();
      expect(account).toMatchObject({ lost: 0, doubled: 0 });
      expect(account.announced).toBeGreaterThan(600);
      const history = await world.history('acme', 'counter-1');
      expect(history).toEqual([...history].sort((a, b) => a - b));
    });
  });
}
