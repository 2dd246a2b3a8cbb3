import { describe, expect, it } from '@jest/globals';
import { defineTopic, toHeaders } from '@turnpike/contracts-events';
import { z } from 'zod';
import type { TopicHandler } from './incoming.js';
import type { Batch, RoadMessage } from './message.js';
import { cutAround, runsOf, type Run } from './run.js';

const Thing = defineTopic({
  name: 'things.thing.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (thing) => thing.id,
  order: (thing) => thing.id,
  data: z.object({ id: z.string(), parent: z.string() }),
});

const handler: TopicHandler = {
  topic: Thing,
  handle: () => Promise.resolve(),
  alsoLocks: ({ data }) => {
    const { parent } = Thing.data.parse(data);
    if (parent === 'unknown') throw new Error('Whose is it?');
    return [`acme/test/${parent}`];
  },
};

const batch: Batch = {
  topic: Thing.name,
  partition: 0,
  log: 'in-process:1',
  askedFrom: 1n,
  logStart: () => Promise.resolve(1n),
  messages: [],
  logEnd: async () => 0n,
  end: 9n,
};

function aMessage(number: bigint, id: string, parent: string, organization = 'acme'): RoadMessage {
  const key = `${organization}/test/${id}`;
  const headers = toHeaders({
    id: '01a1fe3e-c0b9-72af-8e1c-71f4bdd541a0',
    topic: Thing.name,
    at: new Date(0),
    key,
    orderKey: key,
    scope: { organization, environment: 'test' },
    epoch: 1,
    number,
  });
  return { offset: number, epoch: 1n, number, key, headers, body: Buffer.from(JSON.stringify({ id, parent })) };
}

function keysOf(run: Run | undefined): (readonly string[] | undefined)[] {
  return run?.messages.map((message) => run.readings.get(message)?.keys) ?? [];
}

describe('the messages of a batch', () => {
  it('make one run each organization, and the last of them moves the offset', () => {
    const messages = [aMessage(1n, 'a', 'p'), aMessage(2n, 'b', 'p', 'globex'), aMessage(3n, 'c', 'p')];
    const { runs, unreadable } = runsOf(batch, handler, messages, 4n);

    expect(runs.map(({ organization, messages: own, end }) => [organization, own.map(({ number }) => number), end])).toEqual([
      ['acme', [1n, 3n], null],
      ['globex', [2n], 4n],
    ]);
    expect(unreadable).toEqual([]);
  });

  it('belong to nobody without an envelope of ours', () => {
    const stranger = { ...aMessage(1n, 'a', 'p'), headers: {} };

    expect(runsOf(batch, handler, [stranger], 2n)).toEqual({ runs: [], unreadable: [stranger] });
  });

  it('lock what their handler may change beside their own object', () => {
    const { runs } = runsOf(batch, handler, [aMessage(1n, 'a', 'p')], 2n);

    expect(keysOf(runs[0])).toEqual([['acme/test/a', 'acme/test/p']]);
  });

  it('lock themselves alone when they cannot be read, and fail only when it is their turn', () => {
    const broken = { ...aMessage(1n, 'a', 'p'), body: Buffer.from('{"id":') };
    const { runs } = runsOf(batch, handler, [broken, aMessage(2n, 'b', 'unknown'), aMessage(3n, 'c', 'p')], 4n);

    expect(keysOf(runs[0])).toEqual([['acme/test/a'], ['acme/test/b'], ['acme/test/c', 'acme/test/p']]);
    expect(runs[0]?.messages.map((message) => runs[0]?.readings.get(message)?.event !== null)).toEqual([false, false, true]);
  });
});

describe('a run that failed', () => {
  const numbers = (parts: readonly Run[]) => parts.map(({ messages, end }) => [messages.map(({ number }) => Number(number)), end]);
  const messages = [1n, 2n, 3n, 4n].map((number) => aMessage(number, `t${number}`, 'p'));
  const run = runsOf(batch, handler, messages, 5n).runs[0]!;

  it('is cut around the message that failed', () => {
    expect(numbers(cutAround(run, 1))).toEqual([
      [[1], null],
      [[2], null],
      [[3, 4], 5n],
    ]);
  });

  it('is halved when nobody knows which message it was', () => {
    expect(numbers(cutAround(run, null))).toEqual([
      [[1, 2], null],
      [[3, 4], 5n],
    ]);
  });
});
