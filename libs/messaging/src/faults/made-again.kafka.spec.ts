import { afterEach, describe, expect, it } from '@jest/globals';
import { brokers, Counted, CountingWorld, until } from '@turnpike/testing';
import { ensureTopics } from '../kafka-topics.js';

const load = (transactions: number) => ({
  ...{ ask: 'write' as const, topic: 'state' as const, organizations: ['acme', 'globex'], counters: 5 },
  ...{ transactions, perTransaction: 1 },
});

describe('on Kafka', () => {
  let world: CountingWorld;
  afterEach(async () => world?.close());

  it('a topic that was made again is read from its start, also when it has grown beyond the place: numbers went on (road 2.0 g)', async () => {
    world = await CountingWorld.open('kafka');
    const reader = await world.start('reader');
    const writer = await world.start('writer');
    await writer.ask(load(40));
    await world.settles();
    await reader.stop();
    await writer.stop();
    await ensureTopics({ brokers: brokers(), topics: [Counted], anew: true });
    const again = await world.start('writer', { logLevel: 'silent' });
    await again.ask(load(160)); // every partition ends beyond where it was read to
    await world.relayed();
    const after = await world.start('reader', { logLevel: 'silent' });
    await until('what was told since has taken effect', async () => (await world.account()).lost === 0, 60_000);
    expect(await world.account()).toMatchObject({ lost: 0, doubled: 0 });
    await until('the reader asks for what the old topic may have had', async () => after.asked.length > 0);
  }, 180_000);

  it('a service that finds its place below what it has committed knows that its own database was set back (road 2.0 d)', async () => {
    world = await CountingWorld.open('kafka');
    const writer = await world.start('writer');
    const before = await world.start('reader');
    await writer.ask(load(60));
    await world.settles();
    await before.stop();
    await world.databases.keepCopy('reader');
    const meanwhile = await world.start('reader');
    await writer.ask(load(60));
    await world.settles();
    await meanwhile.stop(); // tells Kafka where it stands
    await world.databases.setBack('reader');
    const after = await world.start('reader', { logLevel: 'silent' });
    const epoch = async () =>
      (await world.databases.inside('reader').query<{ epoch: string }>('select epoch from life where is_in_book')).rows[0]?.epoch;
    await until('the reader begins a new epoch', async () => Number(await epoch()) > 1);
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
    const begun = await epoch();
    await after.stop();
    await world.start('reader');
    await writer.ask(load(10));
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
    expect(await epoch()).toBe(begun); // found once
  }, 180_000);
});
