import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
beforeAll(async () => {
  world = await startedSandbox();
});
afterAll(() => world.stop());

describe('a setup intent', () => {
  it('is made and canceled, and each is told', async () => {
    const stripe = world.client(freshKey());
    const made = await stripe.setupIntents.create({ metadata: { why: 'test' } });
    expect(made).toMatchObject({
      object: 'setup_intent',
      status: 'requires_payment_method',
      usage: 'off_session',
      metadata: { why: 'test' },
    });
    expect((await stripe.setupIntents.cancel(made.id)).status).toBe('canceled');
    await expect(stripe.setupIntents.cancel(made.id)).rejects.toMatchObject({ code: 'setup_intent_unexpected_state' });
    expect((await stripe.events.list()).data.map(({ type }) => type)).toEqual(['setup_intent.canceled', 'setup_intent.created']);
    expect((await stripe.setupIntents.list()).data).toHaveLength(1);
  });

  it('is seen by a publishable key of the same account that tells its client secret, and by no other', async () => {
    const secret = freshKey();
    const publishable = world.client(secret.replace('sk_', 'pk_'));
    const { id, client_secret: clientSecret } = await world.client(secret).setupIntents.create({});
    const told = { client_secret: String(clientSecret) };
    expect((await publishable.setupIntents.retrieve(id, told)).id).toBe(id);
    await expect(publishable.setupIntents.retrieve(id)).rejects.toMatchObject({ statusCode: 400, param: 'client_secret' });
    await expect(publishable.setupIntents.retrieve(id, { client_secret: 'guessed' })).rejects.toMatchObject({ statusCode: 400 });
    const strangers = world.client(freshKey().replace('sk_', 'pk_'));
    await expect(strangers.setupIntents.retrieve(id, told)).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
    await expect(publishable.setupIntents.create({})).rejects.toMatchObject({ statusCode: 401, code: 'secret_key_required' });
  });
});
