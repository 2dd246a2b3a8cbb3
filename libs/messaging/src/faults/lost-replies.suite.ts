import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld, TcpProxy, type Bus } from '@turnpike/testing';

type Changes = NonNullable<Parameters<CountingWorld['start']>[1]>;

/** As the driver sends it: the whole of a simple query. */
const COMMIT = Buffer.from('commit\0');
const EVERY = 7;

/** A commit whose answer never comes may have been made or not: nobody may take the one for the other. */
export function describeLostReplies(bus: Bus): void {
  describe(`replies to COMMIT that are lost on the ${bus} bus`, () => {
    let world: CountingWorld;
    const proxies: TcpProxy[] = [];
    afterEach(async () => {
      for (const proxy of proxies) proxy.loseReplies(() => false);
      await world?.close();
      for (const proxy of proxies.splice(0)) await proxy.refuse();
    });

    it('cost no effect and make none twice, of readers and of the relay', async () => {
      world = await CountingWorld.open(bus);
      await world.start('reader', await behindProxy('reader'));
      await world.start('reader', await behindProxy('reader'));
      // Its own transactions are written on a good line: what they announce is what is counted.
      const writer = await world.start('writer', { logLevel: 'silent', ...(await infrastructureBehindProxy('writer')) });
      await writer.ask({
        ask: 'write',
        topic: 'state',
        organizations: ['acme', 'globex'],
        counters: 40,
        transactions: 200,
        perTransaction: 2,
      });
      expect(await world.settles(20_000)).toMatchObject({ lost: 0, doubled: 0 });
      expect(proxies.reduce((sum, proxy) => sum + proxy.repliesLost, 0)).toBeGreaterThan(5);
    }, 180_000);

    async function behindProxy(role: 'reader'): Promise<Changes> {
      const { url } = world.databases.of(role);
      return { url: (await losing(url)).through(url), logLevel: 'silent' };
    }

    async function infrastructureBehindProxy(role: 'writer'): Promise<Changes> {
      const { infrastructureUrl } = world.databases.of(role);
      return { infrastructureUrl: (await losing(infrastructureUrl)).through(infrastructureUrl) };
    }

    async function losing(url: string): Promise<TcpProxy> {
      const proxy = await TcpProxy.before(url);
      let commits = 0;
      proxy.loseReplies((request) => request.includes(COMMIT) && ++commits % EVERY === 0);
      proxies.push(proxy);
      return proxy;
    }
  });
}
