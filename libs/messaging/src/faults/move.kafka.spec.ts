import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Log, openPool, type PostgresPool } from '@turnpike/service';
import { brokers, COUNTING_TOPICS, CountingWorld, freshCountingTopics, until } from '@turnpike/testing';
import { KafkaLog } from '../kafka.js';
import { MoveToKafka, type MoveParts } from '../move-to-kafka.js';

const load = (transactions: number, topic: 'state' | 'log' = 'state') => ({
  ask: 'write' as const,
  topic,
  organizations: ['acme', 'globex'],
  counters: 20,
  transactions,
  perTransaction: 2,
});

describe('the move from the in-process bus to Kafka (road 2.0 g)', () => {
  let world: CountingWorld;
  let kafka: KafkaLog;
  const pools: PostgresPool[] = [];

  beforeEach(async () => {
    await freshCountingTopics(brokers());
    world = await CountingWorld.open('in-process');
    kafka = new KafkaLog({ brokers: brokers(), service: 'move', log: Log.of('move', 'silent'), sessionTimeoutMs: 10_000 });
  });
  afterEach(async () => {
    await kafka.close();
    for (const pool of pools.splice(0)) await pool.end();
    await world.close();
  });

  const poolOf = (service: string) => {
    const pool = openPool({ url: world.databases.of(service).infrastructureUrl, name: 'move', size: 5, onError: () => undefined });
    pools.push(pool);
    return pool;
  };
  const move = (extra: Partial<MoveParts> = {}) =>
    new MoveToKafka({
      bus: poolOf('bus'),
      services: ['writer', 'reader'].map((name) => ({ name, infrastructure: poolOf(name) })),
      kafka,
      topics: COUNTING_TOPICS,
      ...extra,
    });
  const onKafka = { brokers: brokers() };

  it('brings what was not read and what was not sent there, once each, after it was stopped in the middle', async () => {
    const reader = await world.start('reader');
    const writer = await world.start('writer');
    await writer.ask(load(120));
    await writer.ask(load(30, 'log'));
    await world.settles();
    await reader.stop();
    await writer.ask(load(80)); // lies on the bus, unread
    await world.relayed();
    await writer.stop();
    const victim = await world.start('writer', { lockIdleSeconds: 1, atPoint: { point: 'sending', nth: 1 } });
    victim.ask(load(10)).catch(() => undefined); // lies in the outbox, unsent: it dies before it sends
    await victim.exited;

    const plan = await move().plan();
    expect(plan).toMatchObject({ services: ['writer', 'reader'], alreadyCopied: 0 });
    const messages = [...plan.messages.values()].reduce((sum, one) => sum + one, 0);
    expect(messages).toBeGreaterThan(200);
    let pages = 0;
    expect(await move({ isStopping: () => pages++ > 0 }).run()).toBe(false);
    const seen: number[] = [];
    expect(await move({ progress: (copied) => seen.push(copied) }).run()).toBe(true);
    expect(seen.at(-1)).toBe(messages);

    const moved = await world.start('reader', onKafka);
    const goesOn = await world.start('writer', { ...onKafka, lockIdleSeconds: 1 });
    await goesOn.ask(load(60));
    await until('all of it has taken effect', async () => (await world.account()).lost === 0, 60_000);
    expect(await world.account()).toMatchObject({ lost: 0, doubled: 0 });
    const { rows } = await world.databases.inside('writer').query<{ epoch: string }>('select epoch from life');
    expect(rows).toEqual([{ epoch: '1' }]); // the same life: nothing had to be told again
    expect(moved.asked).toEqual([]);
    expect(await move().run()).toBe(true); // again, it changes nothing
  }, 180_000);

  it('refuses a Kafka that has messages of somebody else', async () => {
    const writer = await world.start('writer');
    await writer.ask(load(10));
    await world.relayed();
    await writer.stop();
    const stranger = await CountingWorld.open('kafka');
    const other = await stranger.start('writer');
    await other.ask(load(10));
    await stranger.relayed();
    await stranger.close();
    await expect(move().run()).rejects.toThrow(/messages that are not of this installation/);
  }, 120_000);
});
