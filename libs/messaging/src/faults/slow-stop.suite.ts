import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld, until, type Bus } from '@turnpike/testing';

/** All of one key, so that they share one transaction: together they take longer than anybody waits for the end of a process. */
const SLOW = { messages: 20, handlerMs: 1_000 };

export function describeSlowStop(bus: Bus): void {
  describe(`a reader on the ${bus} bus that is told to stop while its handlers are slow`, () => {
    let world: CountingWorld;
    afterEach(async () => world?.close());

    it('ends after the running one, keeps what it has handled, and its successor begins with the next', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      await writer.ask({
        ask: 'write',
        topic: 'state',
        organizations: ['acme'],
        counters: 1,
        transactions: SLOW.messages,
        perTransaction: 1,
      });
      await world.relayed();
      const slow = await world.start('reader', { handlerMs: SLOW.handlerMs });
      await until('a handler runs', async () => isInTransaction());
      await slow.stop();
      const kept = await world.history('acme', 'counter-0');
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.length).toBeLessThan(SLOW.messages);
      expect(kept).toEqual(kept.map((_, index) => index + 1));

      const next = await world.start('reader');
      expect(await world.settles()).toMatchObject({ announced: SLOW.messages, lost: 0, doubled: 0 });
      expect(await world.handled(next)).toBe(SLOW.messages - kept.length);
      expect(await next.ask<string>({ ask: 'metrics' })).not.toMatch(/turnpike_messages_dropped_total\{[^}]*\} [1-9]/);
    }, 150_000);

    /** Between two statements, as it stands while a handler does something else. */
    async function isInTransaction(): Promise<boolean> {
      const { rows } = await world.databases
        .inside('reader')
        .query(
          `select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and state_change < clock_timestamp() - interval '200 ms'`,
        );
      return rows.length > 0;
    }
  });
}
