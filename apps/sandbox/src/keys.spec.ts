import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { masked } from './keys.js';
import { freshKey, startedSandbox, type StartedSandbox } from './testing/started-sandbox.js';

let world: StartedSandbox;
beforeAll(async () => {
  world = await startedSandbox();
});
afterAll(() => world.stop());

describe('keys and accounts', () => {
  it('opens an account of its own for a key that nobody used, and the same one ever after', async () => {
    const [one, other] = [freshKey(), freshKey()];
    const first = await world.client(one).accounts.retrieveCurrent();
    expect(first.id).toMatch(/^acct_\w{16}$/);
    expect(first).toMatchObject({ country: 'US', default_currency: 'usd', charges_enabled: true, business_profile: { name: 'Sandbox' } });
    expect((await world.client(other).accounts.retrieveCurrent()).id).not.toBe(first.id);
    await world.restart();
    expect((await world.client(one).accounts.retrieveCurrent()).id).toBe(first.id);
    expect((await world.client(one.replace('sk_', 'rk_')).accounts.retrieveCurrent()).id).toBe(first.id);
  });

  it("I1: another account's ids are ids that nobody has", async () => {
    const { id } = await world.client(freshKey()).customers.create({});
    await expect(world.client(freshKey()).customers.retrieve(id)).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });

  it.each(['sk_live_abcdefgh', 'sk_test', 'hello', 'xx_test_abc'])(
    'H7: refuses the key %s as Stripe refuses what is no key',
    async (key) => {
      const response = await world.raw('GET', '/v1/customers', { key });
      expect(response.status).toBe(401);
      expect(response.headers.get('request-id')).toBeNull();
      expect(await response.json()).toEqual({
        error: { message: `Invalid API Key provided: ${masked(key)}`, type: 'invalid_request_error' },
      });
    },
  );

  it('H7: asks for a key where there is none, and for a secret one where it is publishable', async () => {
    const none = await world.raw('GET', '/v1/customers', { headers: { authorization: '' } });
    expect([none.status, ((await none.json()) as { error: { message: string } }).error.message]).toEqual([
      401,
      expect.stringContaining('You did not provide an API key'),
    ]);
    const publishable = world.client(freshKey().replace('sk_', 'pk_')).customers.list();
    await expect(publishable).rejects.toMatchObject({ code: 'secret_key_required' });
  });

  it('masks all but the last four', () => {
    expect(masked('sk_test_0123456789')).toBe('sk_test_******6789');
  });

  it('H10: a restricted key may do what it was given, and is told what it lacks', async () => {
    const account = freshKey();
    const { id } = await world.client(account).accounts.retrieveCurrent();
    const { key } = await world.operate('/restricted_keys', { account, permissions: { customers: 'read', product: 'write' } });
    const stripe = world.client(String(key));
    expect((await stripe.customers.list()).data).toEqual([]);
    expect((await stripe.products.create({ name: 'Pro' })).active).toBe(true);
    expect((await stripe.products.list()).data).toHaveLength(1);
    await expect(stripe.customers.create({})).rejects.toMatchObject({
      type: 'StripePermissionError',
      statusCode: 403,
      code: 'more_permissions_required',
      message: `The provided key '${masked(String(key))}' does not have the required permissions for this endpoint on account '${id}'. Having the 'rak_customer_write' permission would allow this request to continue.`,
    });
    await expect(stripe.webhookEndpoints.list()).rejects.toThrow("'rak_webhook_read'");
  });

  it('does not make a restricted key with a permission that is nothing', async () => {
    await expect(world.operate('/restricted_keys', { account: freshKey(), permissions: { sorcery: 'read' } })).rejects.toThrow('sorcery');
  });

  it('a revoked key is expired everywhere, and stays so', async () => {
    const key = freshKey();
    await world.client(key).customers.list();
    await world.operate('/revoked_keys', { key });
    const expected = { type: 'StripeAuthenticationError', statusCode: 401, code: 'api_key_expired' };
    await expect(world.client(key).customers.list()).rejects.toMatchObject(expected);
    await world.restart();
    await expect(world.client(key).customers.create({})).rejects.toMatchObject(expected);
  });

  it('H11: no account but its own is open to a key', async () => {
    const call = world.client(freshKey()).customers.list({}, { stripeAccount: 'acct_other' });
    await expect(call).rejects.toMatchObject({ statusCode: 403, code: 'account_invalid' });
  });

  it('keeps no key: its file holds only hashes of them', async () => {
    const key = `${freshKey()}veryunlikely`;
    await world.client(key).customers.create({});
    const { key: restricted } = await world.operate('/restricted_keys', { account: key, permissions: {} });
    for (const file of ['sandbox.sqlite', 'sandbox.sqlite-wal']) {
      const content = (await readFile(join(world.data, file))).toString('latin1');
      expect(content).not.toContain('veryunlikely');
      expect(content).not.toContain(String(restricted).slice(8));
    }
  });
});
