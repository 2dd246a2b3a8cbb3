import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
beforeAll(async () => {
  world = await startedSandbox();
});
afterAll(() => world.stop());

async function threeEvents() {
  const account = freshKey();
  const stripe = world.client(account);
  for (const name of ['one', 'two', 'three']) await stripe.customers.create({ name });
  const [third, second, first] = (await stripe.events.list()).data.map((event) => event.id);
  return { account, stripe, first, second, third };
}

describe('events that are forgotten', () => {
  it('are listed no more, and are no place to go on from', async () => {
    const { account, stripe, first, second, third } = await threeEvents();
    await world.operate('/forgotten_events', { account, upTo: second });
    expect((await stripe.events.list()).data.map((event) => event.id)).toEqual([third]);
    for (const gone of [first, second])
      await expect(stripe.events.list({ ending_before: gone })).rejects.toMatchObject({ code: 'resource_missing' });
    expect((await stripe.customers.list()).data).toHaveLength(3);
  });

  it('are all of them when none is named', async () => {
    const { account, stripe } = await threeEvents();
    await world.operate('/forgotten_events', { account });
    expect((await stripe.events.list()).data).toEqual([]);
    await stripe.customers.create({ name: 'four' });
    expect((await stripe.events.list()).data).toHaveLength(1);
  });
});
