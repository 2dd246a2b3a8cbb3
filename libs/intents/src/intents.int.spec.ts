import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import fc from 'fast-check';
import type { Channel } from 'node:diagnostics_channel';
import { killPoints } from './index.js';
import { ACME, CONNECTION, World } from './testing/world.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world?.stop());

const made = async (name: string) => (await world.namesAtStripe()).filter((one) => one === name).length;
const outcomesOf = (cause: string) => world.outcomes.filter((one) => one.cause === cause).map(({ outcome }) => outcome.is);

/** Ends the work at a point as a process that dies there does. A subscriber that throws would only be reported. */
async function killedOnceAt(point: Channel, work: () => Promise<void>): Promise<void> {
  const original = point.publish.bind(point);
  let kills = 0;
  const kill = () => {
    if (kills++ === 0) throw new Error('killed');
  };
  Object.defineProperty(point, 'publish', { value: kill, configurable: true });
  await work();
  Object.defineProperty(point, 'publish', { value: original, configurable: true });
  expect(kills).toBeGreaterThan(0);
}

describe('an intent', () => {
  it('is written once the transaction that stored it is durable, and its answer is kept', async () => {
    const stored = await world.store(world.product('one'));
    expect(stored).toMatchObject({ status: 'stored', attempt: 1, tries: 0 });
    await world.settled('create one');
    const [product] = (await world.stripe.products.list()).data;
    expect(product).toMatchObject({ name: 'one', metadata: { turnpike_entity_id: 'one' } });
    expect(await world.intent('create one')).toMatchObject({
      stripeId: product?.id,
      tries: 1,
      error: null,
      requestId: expect.stringMatching(/^req_/),
    });
    expect(outcomesOf('create one')).toEqual(['done']);
  });

  it('of a transaction that is rolled back is never written', async () => {
    const attempt = world.inTransaction(async (intents) => {
      await intents.store(ACME, CONNECTION, world.product('never'));
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    await world.store(world.product('after never'));
    await world.settled('create after never');
    expect(await made('never')).toBe(0);
  });

  it('of a cause that was written before is not written again', async () => {
    const first = await world.store(world.product('twice'));
    await world.settled('create twice');
    const second = await world.store(world.product('twice', { params: { name: 'twice, otherwise' } }));
    expect(second).toMatchObject({ id: first.id, status: 'done' });
    expect(await world.namesAtStripe()).not.toContain('twice, otherwise');
  });

  it('is known by its key in the events that it causes, and a stranger’s key is not', async () => {
    const { idempotencyKey } = await world.store(world.product('echo'));
    await world.settled('create echo');
    const [event] = (await world.stripe.events.list({ type: 'product.created', limit: 1 })).data;
    expect(event?.request?.idempotency_key).toBe(idempotencyKey);
    const isOwn = (key: string | null) => world.inTransaction((intents) => intents.isOwn(ACME, CONNECTION, key));
    expect(await isOwn(idempotencyKey)).toBe(true);
    expect(await isOwn('turnpike-of-somebody-else')).toBe(false);
    expect(await isOwn(null)).toBe(false);
    expect(await world.inTransaction((intents) => intents.isOwn(ACME, 'con_2', idempotencyKey))).toBe(false);
  });
});

describe('a process that dies', () => {
  it('before the request has gone leaves one object', async () => {
    await killedOnceAt(killPoints.sent, async () => {
      await world.store(world.product('killed before'));
      await world.settled('create killed before');
    });
    expect(await made('killed before')).toBe(1);
    expect(await world.intent('create killed before')).toMatchObject({ attempt: 1, tries: 2 });
  });

  it('between Stripe’s answer and our commit leaves one object, told once', async () => {
    await killedOnceAt(killPoints.answered, async () => {
      await world.store(world.product('killed after'));
      await world.settled('create killed after');
    });
    expect(await made('killed after')).toBe(1);
    expect(await world.intent('create killed after')).toMatchObject({ attempt: 1, tries: 2 });
    expect(outcomesOf('create killed after')).toEqual(['done']);
  });
});

describe('an outcome that nobody knows', () => {
  it('is asked for by the same request: what was done is answered, and not done again', async () => {
    await world.goesWrong('reset-after-commit', 2);
    await world.store(world.product('unclear'));
    await world.settled('create unclear');
    expect(await made('unclear')).toBe(1);
    expect(outcomesOf('create unclear')).toEqual(['waiting', 'done']);
  });

  it('is looked for at Stripe when a day has passed, and found', async () => {
    await world.goesWrong('reset-after-commit', 2);
    await world.store(world.product('found'));
    await until('it was sent', async () => (await world.intent('create found')).error !== null);
    await world.ageByADay('create found');
    await world.settled('create found');
    expect(await made('found')).toBe(1);
    expect(await world.intent('create found')).toMatchObject({ attempt: 1, tries: 1 });
  });

  it('is written under a new key when a day has passed and nothing is found', async () => {
    await world.goesWrong('reset-before', 2);
    const { idempotencyKey } = await world.store(world.product('not found'));
    await until('it was sent', async () => (await world.intent('create not found')).error !== null);
    await world.ageByADay('create not found');
    await world.settled('create not found');
    expect(await made('not found')).toBe(1);
    const after = await world.intent('create not found');
    expect(after.attempt).toBe(2);
    expect(after.idempotencyKey).not.toBe(idempotencyKey);
  });

  it.each(['429', '500', '503', 'lock-timeout'])('does no harm: %s', async (kind) => {
    await world.goesWrong(kind, 1);
    await world.store(world.product(`after ${kind}`));
    await world.settled(`create after ${kind}`);
    expect(await made(`after ${kind}`)).toBe(1);
  });

  it('leaves one object for each intent, whatever goes wrong and in whatever order', async () => {
    const fault = fc.record({
      kind: fc.constantFrom('429', '500', '503', 'lock-timeout', 'reset-before', 'reset-after-commit'),
      times: fc.integer({ min: 1, max: 2 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 3 }), async (faults) => {
        const names = [1, 2, 3].map((n) => `run ${run} product ${n}`);
        run += 1;
        for (const { kind, times } of faults) await world.goesWrong(kind, times);
        for (const name of names) await world.store(world.product(name));
        for (const name of names) await world.settled(`create ${name}`);
        for (const name of names) expect(await made(name)).toBe(1);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 120_000);
});

describe('a definite refusal', () => {
  it('ends the attempt with what Stripe said; the same cause begins the next one, with a new key', async () => {
    const refused = await world.store(world.product('refused', { params: { name: 'refused', unit: 1 } }));
    await world.settled('create refused', 'refused');
    expect(await world.intent('create refused')).toMatchObject({
      attempt: 1,
      error: { code: expect.any(String), message: expect.any(String), requestId: expect.stringMatching(/^req_/) },
    });
    const next = await world.store(world.product('refused'));
    expect(next).toMatchObject({ id: refused.id, attempt: 2, status: 'stored', error: null });
    expect(next.idempotencyKey).not.toBe(refused.idempotencyKey);
    await world.settled('create refused');
    expect(await made('refused')).toBe(1);
    expect(outcomesOf('create refused')).toEqual(['refused', 'done']);
  });
});

describe('a connection whose key is refused', () => {
  it('is no end: the write waits and says why, and goes out at once when the connection works again', async () => {
    const revoked = 'sk_test_of_intents_revoked';
    await world.operate('/revoked_keys', { key: revoked });
    world.connections.holds(ACME, 'con_revoked', { secretKey: revoked, baseUrl: world.sandboxUrl });
    await world.inTransaction((intents) => intents.store(ACME, 'con_revoked', world.product('blocked')));
    await until('it is refused', async () => (await world.intent('create blocked')).error !== null);
    expect(await world.intent('create blocked')).toMatchObject({ status: 'sent', attempt: 1 });
    expect(world.outcomes.findLast(({ cause }) => cause === 'create blocked')?.outcome).toMatchObject({ is: 'waiting', isBlocked: true });

    world.connections.holds(ACME, 'con_revoked', { secretKey: 'sk_test_of_intents_new' });
    await world.inTransaction((intents) => intents.resume(ACME, 'con_revoked'));
    await world.settled('create blocked');
  });

  it('and is removed ends what waits for it', async () => {
    world.connections.holds(ACME, 'con_removed', { status: 'removed', secretKey: null });
    await world.inTransaction((intents) => intents.store(ACME, 'con_removed', world.product('removed')));
    await world.settled('create removed', 'refused');
    expect((await world.intent('create removed')).error).toMatchObject({ code: 'connection_not_usable' });
  });
});
