import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ACME, someKeys, StartedConnections } from './testing/started-connections.js';

let world: StartedConnections;

beforeAll(async () => {
  world = await StartedConnections.start();
});
afterAll(async () => {
  await world?.stop();
});

const checkOf = (checks: readonly { check: string; ok: boolean | null; code: string }[], check: string) =>
  checks.find((one) => one.check === check);

describe('a connection', () => {
  it('is verifying when it is made, then verified, and says whose account it is', async () => {
    const keys = someKeys();
    const answer = await world.ask('POST', '/v1/connections', { ...keys, name: 'Our sandbox' });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^con_[0-9a-f]{32}$/),
        status: 'verifying',
        profile: 'manage',
        environment: 'sandbox',
        name: 'Our sandbox',
      },
    });
    const connection = await world.eventually(String(answer.body['id']), ({ status }) => status !== 'verifying');
    expect(connection).toMatchObject({
      status: 'verified',
      statusReason: null,
      stripeAccountId: expect.stringMatching(/^acct_/),
      country: 'US',
      defaultCurrency: 'usd',
      keys: { secretLast4: keys.secretKey.slice(-4), publishableLast4: keys.publishableKey.slice(-4), secretKind: 'secret' },
    });
    expect(checkOf(connection.checks, 'key')).toMatchObject({ ok: true });
    expect(checkOf(connection.checks, 'account')).toMatchObject({ ok: true });
    expect(checkOf(connection.checks, 'key_pair')).toMatchObject({ ok: true, code: 'key_pair_proved' });
    expect(checkOf(connection.checks, 'Customers (write)')).toMatchObject({ ok: true });
    // What proved the pair was made once, and canceled.
    const intents = await world.atStripe('GET', '/v1/setup_intents', keys.secretKey);
    expect(intents['data']).toMatchObject([{ status: 'canceled', metadata: { turnpike_connection_id: connection.id } }]);
    expect(checkOf(connection.checks, 'Sources (write)')).toBeDefined();
  });

  it('is refused at the door when its keys are of the other mode, or of two', async () => {
    const live = { secretKey: 'sk_live_abcdefgh', publishableKey: 'pk_live_abcdefgh' };
    expect(await world.ask('POST', '/v1/connections', live)).toMatchObject({ status: 400, body: { code: 'mode_mismatch' } });
    expect(await world.ask('POST', '/v1/connections', { ...someKeys(), publishableKey: live.publishableKey })).toMatchObject({
      status: 400,
      body: { code: 'key_pair_mismatch' },
    });
    expect(await world.ask('POST', '/v1/connections', someKeys(), 'acme-live-key')).toMatchObject({
      status: 400,
      body: { code: 'mode_mismatch' },
    });
    expect(await world.ask('POST', '/v1/connections', { ...someKeys(), profile: 'signals_readonly' })).toMatchObject({
      status: 400,
      body: { code: 'key_too_wide' },
    });
    expect(await world.ask('POST', '/v1/connections', { secretKey: 'hunter2', publishableKey: 'pk_test_abcd' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });

  it('fails when its publishable key is of another account than its secret key', async () => {
    const connection = await world.connect({ ...someKeys(), publishableKey: someKeys().publishableKey });
    expect(connection).toMatchObject({ status: 'failed', statusReason: 'key_pair_mismatch' });
  });

  it('is one per account and environment', async () => {
    const keys = someKeys();
    const first = await world.connect(keys);
    const second = await world.connect(keys);
    expect(first.status).toBe('verified');
    expect(second).toMatchObject({ status: 'failed', statusReason: 'already_connected' });
    expect((await world.connect(keys, {}, 'globex-sandbox-key')).status).toBe('verified');
  });

  it('fails with the name of the permission that its restricted key lacks, and is verified once the key has it', async () => {
    const { secretKey, publishableKey } = someKeys();
    const five = { customer: 'read', subscription: 'read', invoice: 'read', charge: 'read', event: 'read' } as const;
    const lacking = await world.connect(
      { secretKey: await world.restrictedKey(secretKey, { ...five, invoice: 'none' }), publishableKey },
      { profile: 'signals_readonly' },
    );
    expect(lacking).toMatchObject({ status: 'failed', statusReason: 'permission_missing', keys: { secretKind: 'restricted' } });
    expect(checkOf(lacking.checks, 'Invoices (read)')).toMatchObject({ ok: false, message: expect.stringContaining('rak_invoice_read') });

    await world.ask('PUT', `/v1/connections/${lacking.id}/keys`, { secretKey: await world.restrictedKey(secretKey, five), publishableKey });
    const mended = await world.eventually(lacking.id, ({ status }) => status === 'verified');
    // It may not read its account, and learns the account's id all the same.
    expect(mended).toMatchObject({
      stripeAccountId: expect.stringMatching(/^acct_/),
      keyChange: null,
      ingestMode: 'polling',
      endpoint: null,
    });
  });

  it('keeps its working keys when others turn out to be of another account', async () => {
    const connection = await world.connect(someKeys());
    const before = await world.credentials(connection.id);
    await world.ask('PUT', `/v1/connections/${connection.id}/keys`, someKeys());
    const after = await world.eventually(connection.id, ({ keyChange }) => keyChange?.state === 'refused');
    expect(after).toMatchObject({ status: 'verified', keyChange: { state: 'refused', code: 'account_mismatch' } });
    expect((await world.credentials(connection.id)).body['secretKey']).toBe(before.body['secretKey']);
  });

  it('is unauthorized at once when a service says that Stripe refused its key, and verified again if that was a mistake', async () => {
    const keys = someKeys();
    const { id } = await world.connect(keys);
    await world.eventually(id, ({ endpoint }) => endpoint !== null);
    const { body } = await world.credentials(id);
    const tell = (secretsVersion: unknown) =>
      fetch(`${world.url}/internal/connections/${id}/unauthorized`, {
        method: 'POST',
        headers: {
          authorization: 'Bearer a-service-token-of-24-characters',
          'content-type': 'application/json',
          'turnpike-organization': 'acme',
          'turnpike-environment': 'sandbox',
        },
        body: JSON.stringify({ secretsVersion }),
      });
    await tell(Number(body['secretsVersion']) - 1);
    expect((await world.one(id)).status).toBe('verified');
    const { secretsVersion } = (await world.credentials(id)).body;
    await tell(secretsVersion);
    expect(await world.one(id)).toMatchObject({
      status: 'unauthorized',
      statusReason: 'key_refused',
      checks: [{ check: 'key', ok: false, whatToDo: expect.stringContaining('/keys') }],
    });
    await world.ask('POST', `/v1/connections/${id}/verify`);
    expect((await world.eventually(id, ({ status }) => status !== 'verifying')).status).toBe('verified');

    await world.operator('revoked_keys', { key: keys.secretKey });
    await world.ask('POST', `/v1/connections/${id}/verify`);
    expect(await world.eventually(id, ({ status }) => status === 'unauthorized')).toMatchObject({ statusReason: 'key_refused' });
  });

  it('is nobody else’s: another organization and another environment are told that it does not exist', async () => {
    const { id } = await world.connect(someKeys());
    const unknown = await world.ask('GET', `/v1/connections/con_${'0'.repeat(32)}`);
    for (const key of ['globex-sandbox-key', 'acme-test-key', 'acme-live-key']) {
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['POST', '/verify', undefined],
        ['PUT', '/keys', key === 'acme-live-key' ? { secretKey: 'sk_live_abcd', publishableKey: 'pk_live_abcd' } : someKeys()],
        ['POST', '/rotate_webhook_secret', undefined],
        ['DELETE', '', { confirm: id }],
      ] as const) {
        const answer = await world.ask(method, `/v1/connections/${id}${path}`, body, key);
        expect(answer).toMatchObject({ status: 404, body: { code: 'connection_not_found', title: unknown.body['title'] } });
      }
      expect((await world.ask('GET', '/v1/connections', undefined, key)).body['data']).not.toContainEqual(expect.objectContaining({ id }));
    }
    expect((await world.credentials(id, { organization: 'globex', environment: 'sandbox' })).status).toBe(404);
    expect((await world.one(id)).status).toBe('verified');
  });

  it('is removed for good, with its credentials and its endpoint, and its account can be connected anew', async () => {
    const keys = someKeys();
    const { id } = await world.connect(keys);
    await world.eventually(id, ({ endpoint }) => endpoint !== null);
    expect(await world.ask('DELETE', `/v1/connections/${id}`, { confirm: 'yes' })).toMatchObject({
      status: 400,
      body: { code: 'removal_not_confirmed' },
    });
    expect((await world.ask('DELETE', `/v1/connections/${id}`, { confirm: id })).body['status']).toBe('removing');
    expect((await world.credentials(id)).body).toMatchObject({ secretKey: null, webhookSecrets: [] });
    const removed = await world.eventually(id, ({ status }) => status === 'removed');
    expect(removed).toMatchObject({ stripeAccountId: expect.stringMatching(/^acct_/), endpoint: null, keys: { secretLast4: null } });
    expect((await world.rows('connection_secret')).filter((row) => row['connection_id'] === id)).toEqual([]);
    expect(await world.endpointsAtStripe(keys.secretKey)).toEqual([]);
    expect(await world.ask('POST', `/v1/connections/${id}/verify`)).toMatchObject({ status: 409, body: { code: 'connection_removed' } });
    expect((await world.connect(keys)).status).toBe('verified');
  });

  it('is told with its versions, one more for each change, and never with a secret', async () => {
    const keys = someKeys();
    const { id } = await world.connect(keys);
    await world.eventually(id, ({ endpoint }) => endpoint !== null);
    const told = (await world.announced()).filter((connection) => connection['connectionId'] === id);
    expect(told.map((connection) => connection['version'])).toEqual(told.map((_, at) => ({ epoch: 1, n: at + 1 })));
    expect(told[0]).toMatchObject({ status: 'verifying', secretsVersion: 1, ingestMode: 'polling' });
    expect(told.at(-1)).toMatchObject({
      status: 'verified',
      secretsVersion: 2,
      ingestMode: 'webhook',
      webhookEndpointId: expect.stringMatching(/^we_/),
    });
    const everything = JSON.stringify(await world.announced());
    for (const secret of [keys.secretKey, keys.publishableKey, 'whsec_']) expect(everything).not.toContain(secret);
  });

  it('waits for Stripe while it is down, and is verified when it is back', async () => {
    const keys = someKeys();
    await world.operator('faults', { account: keys.secretKey, kind: '500', times: 3 });
    expect((await world.connect(keys)).status).toBe('verified');
  });
});

describe('the door to secrets', () => {
  it('opens to services of this installation only', async () => {
    const keys = someKeys();
    const { id } = await world.connect(keys);
    const answer = await world.credentials(id);
    expect(answer).toMatchObject({
      status: 200,
      body: { secretKey: keys.secretKey, baseUrl: world.sandbox.url, apiVersion: '2026-10-28.endive', status: 'verified' },
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await world.credentials(id, ACME, 'acme-sandbox-key')).toMatchObject({ status: 401 });
    const withoutScope = await fetch(`${world.url}/internal/connections/${id}/credentials`, {
      headers: { authorization: 'Bearer a-service-token-of-24-characters' },
    });
    expect(withoutScope.status).toBe(400);
  });
});
