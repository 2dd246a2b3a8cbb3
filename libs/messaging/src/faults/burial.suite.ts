import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld, type Bus, type CountingNode } from '@turnpike/testing';
import { setTimeout as sleep } from 'node:timers/promises';

type Letter = { counter: string; state: string; code: string; attempts: number; cause: string };

/** One bad message among good ones: what it costs, what becomes of it, how it comes back. */
export function describeBurial(bus: Bus): void {
  describe(`burial on the ${bus} bus`, () => {
    let world: CountingWorld;
    afterEach(async () => world?.close());

    const letters = async (): Promise<Letter[]> => {
      const { rows } = await world.databases
        .inside('reader')
        .query<Letter>(
          `select split_part(key, '/', 3) as counter, state, code, attempts, cause from dead_letter order by topic, order_key, epoch, number`,
        );
      return rows;
    };
    const announce = (
      writer: CountingNode,
      counter: string,
      version: number,
      poison?: 'bug' | 'domain' | 'unavailable',
      topic: 'state' | 'log' = 'state',
    ) => writer.ask({ ask: 'announce', organization: 'acme', topic, data: { counter, version, ...(poison ? { poison } : {}) } });
    const until = async (condition: () => Promise<boolean>) => {
      for (let tries = 0; tries < 300 && !(await condition()); tries++) await sleep(100);
      expect(await condition()).toBe(true);
    };

    it('buries a bug after three tries alone, a refusal at once, each once with its cause, and the neighbours go on', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      for (let version = 1; version <= 30; version++)
        await announce(writer, 'one', version, version === 10 ? 'bug' : version === 20 ? 'domain' : undefined);
      await world.start('reader');
      await world.start('reader');
      await until(async () => (await world.history('acme', 'one')).length === 28);
      await sleep(500);
      expect((await world.history('acme', 'one')).length).toBe(28);
      expect(await letters()).toEqual([
        { counter: 'one', state: 'buried', code: 'bug', attempts: 3, cause: 'Poison in one version 10.' },
        { counter: 'one', state: 'buried', code: 'refused_by_test', attempts: 1, cause: 'Refused: one version 20.' },
      ]);
    });

    it('brings dead letters back by replay, once, and forgets them', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      const reader = await world.start('reader');
      for (let version = 1; version <= 3; version++) await announce(writer, 'one', version, version === 2 ? 'bug' : undefined);
      await until(async () => (await letters()).length === 1 && (await world.history('acme', 'one')).length === 2);
      expect(await reader.ask({ ask: 'replay' })).toMatchObject({ replayed: 0, failed: [{ code: 'bug' }] });
      await reader.ask({ ask: 'heal' });
      expect(await reader.ask({ ask: 'replay' })).toMatchObject({ replayed: 1, failed: [] });
      expect(await reader.ask({ ask: 'replay' })).toMatchObject({ replayed: 0, failed: [] });
      expect(await world.history('acme', 'one')).toEqual([1, 3, 2]);
      expect(await letters()).toEqual([]);
    });

    it('parks what follows a buried happening, and replay brings all back in order (road 2.7, 2.0 i)', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      const reader = await world.start('reader');
      for (let version = 1; version <= 5; version++) await announce(writer, 'one', version, version === 2 ? 'domain' : undefined, 'log');
      await announce(writer, 'other', 1, undefined, 'log');
      await until(async () => (await letters()).length === 4);
      expect((await letters()).map((letter) => letter.state)).toEqual(['buried', 'parked', 'parked', 'parked']);
      await until(async () => (await world.history('acme', 'other')).length === 1);
      expect(await world.history('acme', 'one')).toEqual([1]);
      await reader.ask({ ask: 'heal' });
      const more = (async () => {
        for (let version = 6; version <= 25; version++) await announce(writer, 'one', version, undefined, 'log');
      })();
      while ((await letters()).length > 0) await reader.ask({ ask: 'replay' });
      await more;
      await until(async () => (await world.history('acme', 'one')).length === 25);
      expect(await world.history('acme', 'one')).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
      expect(await letters()).toEqual([]);
    });

    it('stops a partition after five burials in a row and buries no more of it (road 2.6)', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      for (let version = 1; version <= 8; version++) await announce(writer, 'one', version, 'domain');
      const reader = await world.start('reader', { logLevel: 'silent' });
      await until(async () => (await letters()).length === 5);
      await until(async () => /turnpike_partition_stops_total\{[^}]*\} [1-9]/.test(await reader.ask<string>({ ask: 'metrics' })));
      expect((await letters()).length).toBe(5);
      await reader.ask({ ask: 'heal' });
      await until(async () => (await world.history('acme', 'one')).length === 3);
    });

    it("buries nothing when the reader's table is missing, and goes on once it is there (road 2.6)", async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      await world.databases.inside('reader').query('alter table effect rename to effect_elsewhere');
      const reader = await world.start('reader', { logLevel: 'silent' });
      for (let version = 1; version <= 20; version++) await announce(writer, `counter-${version}`, 1);
      await until(async () => /turnpike_partition_stops_total\{[^}]*\} [1-9]/.test(await reader.ask<string>({ ask: 'metrics' })));
      await world.databases.inside('reader').query('alter table effect_elsewhere rename to effect');
      await until(
        async () => (await world.history('acme', 'counter-1')).length === 1 && (await world.history('acme', 'counter-20')).length === 1,
      );
      expect(await letters()).toEqual([]);
    });

    it('pauses only the partition whose message needs something that cannot be reached (road 2.9, 4.5)', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      const reader = await world.start('reader', { logLevel: 'silent' });
      await announce(writer, 'waits', 1, 'unavailable');
      for (let counter = 0; counter < 40; counter++) await announce(writer, `counter-${counter}`, 1);
      const arrived = async () => {
        const { rows } = await world.databases.inside('reader').query<{ n: string }>('select count(*) as n from effect');
        return Number(rows[0]!.n);
      };
      await until(async () => (await arrived()) >= 30); // those of its own partition wait behind it, the others do not
      expect(await world.history('acme', 'waits')).toEqual([]);
      await reader.ask({ ask: 'heal' });
      await until(async () => (await arrived()) === 41);
      expect(await letters()).toEqual([]);
    });

    it("keeps the healthy messages' rate at 90 % and more beside poison in every partition", async () => {
      const rates: Record<'clean' | 'poisoned', number[]> = { clean: [], poisoned: [] };
      world = await CountingWorld.open(bus);
      for (let round = 0; round < 2; round++) {
        rates.clean.push(await drainRate(false));
        rates.poisoned.push(await drainRate(true));
      }
      const mean = (list: number[]) => (list[0]! + list[1]!) / 2;
      const ratio = mean(rates.poisoned) / mean(rates.clean);
      process.stdout.write(
        `${bus}: healthy rate beside poison ${mean(rates.poisoned).toFixed(0)}/s, without ${mean(rates.clean).toFixed(0)}/s, ratio ${ratio.toFixed(2)}\n`,
      );
      expect(ratio).toBeGreaterThanOrEqual(0.9);
    }, 300_000);

    /** Messages per second at which a reader drains a backlog, all of it announced before it comes. */
    async function drainRate(poisoned: boolean): Promise<number> {
      await world.close();
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer', { logLevel: 'silent' });
      const transactions = 3_000;
      await writer.ask({
        ask: 'write',
        topic: 'state',
        organizations: ['acme', 'globex'],
        counters: 400,
        transactions,
        perTransaction: 8,
        ...(poisoned ? { poisonEvery: 1_000, poison: 'bug' } : {}),
      });
      await until(async () => (await world.backlog()) === 0);
      const reader = await world.start('reader', { logLevel: 'silent' });
      await until(async () => (await world.handled(reader)) > 0);
      const from = { at: Date.now(), handled: await world.handled(reader) };
      await until(async () => (await world.account()).applied + (await letters()).length >= (await world.account()).announced);
      return ((await world.handled(reader)) - from.handled) / ((Date.now() - from.at) / 1000);
    }
  });
}
