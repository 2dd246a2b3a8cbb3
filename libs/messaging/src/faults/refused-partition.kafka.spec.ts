import { afterEach, describe, expect, it } from '@jest/globals';
import { brokers, CountingWorld } from '@turnpike/testing';
import kafkajs from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

const { Kafka, logLevel, ConfigResourceTypes } = kafkajs;

/** A topic that the broker refuses must not hold back the others (road 1.4, 2.0 k). */
describe('a log that refuses', () => {
  let world: CountingWorld;
  afterEach(async () => world?.close());

  it('makes only the refused partition wait, and sends it in order once the log takes it', async () => {
    world = await CountingWorld.open('kafka');
    const writer = await world.start('writer', { logLevel: 'silent' });
    await world.start('reader');
    await limit('writer.counted.changed.v1', 20_000);
    const tell = (counter: string, transactions: number, fillingBytes: number) =>
      writer.ask({ ask: 'write', topic: 'state', organizations: [counter], counters: 1, transactions, perTransaction: 1, fillingBytes });
    await tell('acme', 3, 10);
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 }); // else they could share a refused request
    await tell('acme', 2, 40_000); // refused: acme's partition waits from here
    await tell('acme', 3, 10);
    await tell('globex', 5, 10); // another partition
    for (let tries = 0; tries < 100 && (await world.history('globex', 'counter-0')).length < 5; tries++) await sleep(100);
    expect(await world.history('globex', 'counter-0')).toEqual([1, 2, 3, 4, 5]);
    expect(await world.history('acme', 'counter-0')).toEqual([1, 2, 3]);
    expect(await writer.ask<string>({ ask: 'metrics' })).toMatch(/turnpike_relay_partition_refused\{[^}]*\} 1/);
    await limit('writer.counted.changed.v1', 1_048_588);
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
    expect(await world.history('acme', 'counter-0')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await tell('acme', 3, 10);
    expect(await world.settles()).toMatchObject({ lost: 0, doubled: 0 });
  });

  async function limit(topic: string, bytes: number): Promise<void> {
    const admin = new Kafka({ clientId: 'test', brokers: brokers(), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'max.message.bytes', value: String(bytes) }] }],
    });
    await admin.disconnect();
    await sleep(500);
  }
});
