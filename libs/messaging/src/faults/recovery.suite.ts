import { afterEach, describe, expect, it } from '@jest/globals';
import { CountingWorld, until, type Bus } from '@turnpike/testing';
import { setTimeout as sleep } from 'node:timers/promises';

const ORGANIZATIONS = ['acme', 'globex'];
const SESSION_TIMEOUT_MS = 6_000;
const load = (transactions: number, ratePerSecond?: number) => ({
  ask: 'write' as const,
  topic: 'state' as const,
  organizations: ORGANIZATIONS,
  counters: 30,
  transactions,
  perTransaction: 1,
  ...(ratePerSecond ? { ratePerSecond } : {}),
});

/** Replicas that come and go, and readers whose past changes under them. */
export function describeRecovery(bus: Bus): void {
  describe(`recovery on the ${bus} bus`, () => {
    let world: CountingWorld;
    afterEach(async () => world?.close());

    it('stands no longer than the session timeout and a second while readers join and leave under load, one of them by SIGKILL', async () => {
      world = await CountingWorld.open(bus);
      const first = await world.start('reader', { sessionTimeoutMs: SESSION_TIMEOUT_MS });
      const writer = await world.start('writer');
      await writer.ask(load(20));
      await world.settles();
      await world.databases.inside('reader').query('update effect set latency_ms = 0'); // the first join of an empty group is not the question
      const writing = writer.ask(load(1_800, 100));
      await sleep(2_000);
      const second = await world.start('reader', { sessionTimeoutMs: SESSION_TIMEOUT_MS });
      await sleep(4_000);
      await first.kill();
      await sleep(SESSION_TIMEOUT_MS);
      const third = await world.start('reader', { sessionTimeoutMs: SESSION_TIMEOUT_MS });
      await sleep(2_000);
      await second.stop();
      await writing;
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      const { rows } = await world.databases.inside('reader').query<{ stall: string }>('select max(latency_ms) as stall from effect');
      process.stdout.write(
        `${bus}: longest stall while readers joined and left ${rows[0]!.stall} ms (session timeout ${SESSION_TIMEOUT_MS} ms)\n`,
      );
      expect(Number(rows[0]!.stall)).toBeLessThanOrEqual(SESSION_TIMEOUT_MS + 1_000);
      await third.stop();
    }, 180_000);

    it("applies what is missing, once, after the reader's database was set back while the log went on (road 2.1)", async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      const before = await world.start('reader');
      await writer.ask(load(150));
      await world.settles();
      await before.stop();
      await world.databases.keepCopy('reader');
      const meanwhile = await world.start('reader');
      await writer.ask(load(150));
      await world.settles();
      await sleep(1_500); // Kafka is told the offsets once a second
      await meanwhile.stop();
      await world.databases.setBack('reader');
      expect((await world.account()).lost).toBeGreaterThan(0);
      await world.start('reader');
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
    }, 180_000);

    it('says so and asks for the whole state when the log begins after its place, and goes on with what there is (road 2.3)', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      const before = await world.start('reader', { logLevel: 'silent' });
      await writer.ask(load(100));
      await world.settles();
      await before.stop();
      await writer.ask(load(100));
      await world.relayed();
      await world.cutLog('writer.counted.changed.v1');
      await writer.ask(load(100));
      const missed = (await world.account()).lost;
      const reader = await world.start('reader', { logLevel: 'silent' });
      for (let tries = 0; tries < 200 && (await world.account()).lost > missed - 100; tries++) await sleep(100);
      const { rows } = await world.databases
        .inside('reader')
        .query<{ from_offset: string; to_offset: string }>(
          `select from_offset, to_offset from gap where to_offset > from_offset and from_offset > 0`,
        );
      expect(rows.length).toBeGreaterThan(0);
      for (let tries = 0; tries < 50 && reader.asked.length === 0; tries++) await sleep(100);
      expect(reader.asked).toContain('writer.counted.changed.v1');
      await writer.ask(load(20));
      const account = await world.settles(3_000);
      expect(account).toMatchObject({ doubled: 0 });
      expect(account.lost).toBe(missed - 100); // exactly what was cut, until the writer tells it again
    }, 180_000);

    it('asks for the whole state once when it is new to a log that does not begin with the first message: a compacted log promises nothing (road 2.0 f)', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      await writer.ask(load(40));
      await world.relayed();
      await world.cutLog('writer.counted.changed.v1');
      const missed = (await world.account()).lost;
      await writer.ask(load(40));
      const reader = await world.start('reader', { logLevel: 'silent' });
      await until('what was not cut is read', async () => (await world.account()).lost === missed);
      const open = () => world.databases.inside('reader').query('select 1 from gap where asked_at is null');
      await until('the reader has asked, and knows it', async () => reader.asked.length > 0 && (await open()).rows.length === 0);
      await reader.stop();
      const again = await world.start('reader');
      await writer.ask(load(20));
      await until('the rest is read, too', async () => (await world.account()).lost === missed);
      await sleep(1_000);
      expect(again.asked).toEqual([]);
    });

    it('asks nobody when it is new to a log that has everything there ever was', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      await writer.ask(load(40));
      const reader = await world.start('reader');
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      await writer.ask(load(40)); // partitions that nobody had written to before are new, too
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      await sleep(1_000);
      expect(reader.asked).toEqual([]);
      expect((await world.databases.inside('reader').query('select * from gap')).rows).toEqual([]);
    });

    it.each([
      ['ends before its place: it was made again', `update place set next_offset = 1000000 where organization = ''`],
      [
        'is another one than its place names: the bus was changed',
        `update place set log = 'another:log', next_offset = 2 where organization = ''`,
      ],
    ])('reads a log from its start when it %s, and numbers drop what took effect (road 2.0 g)', async (_, change) => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer');
      const before = await world.start('reader');
      await writer.ask(load(60));
      await world.settles();
      await before.stop();
      await world.databases.inside('reader').query(change);
      await writer.ask(load(30));
      const after = await world.start('reader', { logLevel: 'silent' });
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      await writer.ask(load(30));
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      for (let tries = 0; tries < 50 && after.asked.length === 0; tries++) await sleep(100);
      expect(after.asked).toContain('writer.counted.changed.v1');
    });

    it('moves over a batch with nothing but doubles, so that no place looks set back (road 2.0 l)', async () => {
      world = await CountingWorld.open(bus);
      const writer = await world.start('writer', { rowsPerPage: 10, lockIdleSeconds: 1, atPoint: { point: 'sent', nth: 2 } });
      writer.ask(load(60)).catch(() => undefined);
      await writer.exited;
      const heir = await world.start('writer', { lockIdleSeconds: 1 });
      await heir.ask(load(10));
      await world.start('reader');
      expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
      const ends = await world.logEnds('writer.counted.changed.v1');
      const places = async () => {
        const { rows } = await world.databases
          .inside('reader')
          .query<{ partition: number; next_offset: string }>(
            `select partition, next_offset from place where organization = '' and topic = 'writer.counted.changed.v1' order by partition`,
          );
        return rows.map((row) => [row.partition, Number(row.next_offset)]);
      };
      for (let tries = 0; tries < 100 && JSON.stringify(await places()) !== JSON.stringify(ends); tries++) await sleep(100);
      expect(await places()).toEqual(ends);
    });
  });
}
