import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld } from '@turnpike/testing';

describe('numbers on Kafka', () => {
  let world: CountingWorld;
  afterEach(async () => world?.close());

  it("a build that does not compare them doubles when the relay dies between the broker's answer and its book", async () => {
    expect((await killedBeforeBooking(true)).doubled).toBeGreaterThan(0);
    await world.close();
    expect(await killedBeforeBooking(false)).toMatchObject({ lost: 0, doubled: 0 });
  });

  async function killedBeforeBooking(ignoreNumbers: boolean) {
    world = await CountingWorld.open('kafka');
    const load = {
      ask: 'write' as const,
      topic: 'state' as const,
      organizations: ['acme', 'globex'],
      counters: 20,
      transactions: 60,
      perTransaction: 2,
    };
    await world.start('reader', { ignoreNumbers });
    // Small pages: a relay that begins late has all in one window.
    const victim = await world.start('writer', { rowsPerPage: 10, atPoint: { point: 'sent', nth: 3 } });
    victim.ask(load).catch(() => undefined); // it dies while it writes: that is the test
    await victim.exited;
    await world.start('writer');
    return world.settles();
  }
});
