import { afterEach, describe, expect, it } from '@jest/globals';
import { brokers, CountingWorld } from '@turnpike/testing';
import kafkajs from 'kafkajs';

const { Kafka, logLevel } = kafkajs;

describe('a group whose offsets Kafka has forgotten (road 2.3)', () => {
  let world: CountingWorld;
  afterEach(async () => world?.close());

  it('goes on at its place: nothing again, nothing skipped', async () => {
    world = await CountingWorld.open('kafka');
    const writer = await world.start('writer');
    const before = await world.start('reader');
    const load = {
      ask: 'write' as const,
      topic: 'state' as const,
      organizations: ['acme', 'globex'],
      counters: 20,
      transactions: 100,
      perTransaction: 1,
    };
    await writer.ask(load);
    await world.settles();
    await before.stop();
    await writer.ask(load);
    const admin = new Kafka({ clientId: 'test', brokers: brokers(), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.deleteGroups(['reader']);
    await admin.disconnect();
    const after = await world.start('reader');
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
    // What was applied before is not even read again: the reader asks the log from its place on.
    expect(await after.ask<string>({ ask: 'metrics' })).not.toMatch(/turnpike_messages_dropped_total\{[^}]*\} [1-9]\d\d/);
  });
});
