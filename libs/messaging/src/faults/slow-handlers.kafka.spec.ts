import { afterEach, describe, expect, it } from '@jest/globals';
import { brokers, CountingWorld } from '@turnpike/testing';
import kafkajs from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

const { Kafka, logLevel } = kafkajs;
const SESSION_TIMEOUT_MS = 6_000;
/** One transaction's worth of messages takes 12 s: twice the session timeout. */
const SLOW = { messages: 60, handlerMs: 200 };

describe('handlers that together take longer than the session timeout', () => {
  let world: CountingWorld;
  let admin: kafkajs.Admin | null = null;
  afterEach(async () => {
    await world?.close();
    await admin?.disconnect();
    admin = null;
  });

  it('do not cost their reader its membership', async () => {
    await slowBacklog();
    const reader = await slowReader();
    const seen: string[] = [];
    for (let tries = 0; tries < 100 && (await world.handled(reader)) < SLOW.messages; tries++) {
      seen.push(await membersOfGroup());
      await sleep(200);
    }
    const sinceJoined = seen.slice(seen.findIndex((members) => members !== ''));
    expect([...new Set(sinceJoined)]).toEqual([expect.stringMatching(/^reader-[^ ]+$/)]);
    expect(await world.settles()).toMatchObject({ announced: SLOW.messages, lost: 0, doubled: 0 });
  }, 60_000);

  it('take effect once when another reader joins meanwhile', async () => {
    await slowBacklog();
    await slowReader();
    await sleep(4_000);
    await slowReader();
    const writer = await world.start('writer');
    await writer.ask({ ask: 'write', topic: 'state', organizations: ['globex'], counters: 20, transactions: 20, perTransaction: 1 });
    expect(await world.settles(30_000)).toMatchObject({ lost: 0, doubled: 0 });
  }, 120_000);

  /** All of one key, so that they are one reader's and share a transaction. */
  async function slowBacklog(): Promise<void> {
    world = await CountingWorld.open('kafka');
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
    await writer.stop();
  }

  function slowReader() {
    return world.start('reader', { sessionTimeoutMs: SESSION_TIMEOUT_MS, handlerMs: SLOW.handlerMs, logLevel: 'silent' });
  }

  /** As the broker counts them: their ids, empty while there is none. */
  async function membersOfGroup(): Promise<string> {
    if (admin === null) {
      admin = new Kafka({ clientId: 'test', brokers: brokers(), logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
    }
    const { groups } = await admin.describeGroups(['reader']);
    return (groups[0]?.members ?? [])
      .map((member) => member.memberId)
      .sort()
      .join(' ');
  }
});
