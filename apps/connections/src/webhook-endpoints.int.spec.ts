import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { someKeys, StartedConnections } from './testing/started-connections.js';

let world: StartedConnections;

beforeAll(async () => {
  world = await StartedConnections.start();
});
afterAll(async () => {
  await world?.stop();
});

const secretsOf = async (id: string) => (await world.credentials(id)).body['webhookSecrets'] as string[];

async function connected(keys = someKeys()) {
  const { id } = await world.connect(keys);
  return { keys, connection: await world.eventually(id, ({ endpoint }) => endpoint !== null) };
}

describe('our webhook endpoint at Stripe', () => {
  it('is made with our version, our list of events and our mark, and its secret is known', async () => {
    const { keys, connection } = await connected();
    const [endpoint, ...others] = await world.endpointsAtStripe(keys.secretKey);
    expect(others).toEqual([]);
    expect(endpoint).toMatchObject({
      id: connection.endpoint?.stripeId,
      url: `http://127.0.0.1:9/webhooks/stripe/${connection.id}`,
      api_version: '2026-10-28.endive',
      metadata: { turnpike_connection_id: connection.id },
      status: 'enabled',
    });
    expect(endpoint?.['enabled_events']).toContain('customer.subscription.updated');
    expect(await secretsOf(connection.id)).toEqual([expect.stringMatching(/^whsec_/)]);
    expect(connection.ingestMode).toBe('webhook');
  });

  it('is used again at the next start, and moved when our address has', async () => {
    const { keys, connection } = await connected();
    const secrets = await secretsOf(connection.id);
    await world.restart({ SELF_URL: 'http://127.0.0.1:10' });
    await world.eventually(connection.id, ({ endpoint }) => endpoint?.url.startsWith('http://127.0.0.1:10/') === true);
    expect(await world.endpointsAtStripe(keys.secretKey)).toMatchObject([
      { id: connection.endpoint?.stripeId, url: `http://127.0.0.1:10/webhooks/stripe/${connection.id}` },
    ]);
    expect(await secretsOf(connection.id)).toEqual(secrets);
    await world.restart();
  });

  it('is made anew when somebody deleted it, and when its secret was lost', async () => {
    const { keys, connection } = await connected();
    const first = connection.endpoint?.stripeId;
    await world.atStripe('DELETE', `/v1/webhook_endpoints/${first}`, keys.secretKey);
    await world.ask('POST', `/v1/connections/${connection.id}/verify`);
    const second = (await world.eventually(connection.id, ({ endpoint }) => endpoint !== null && endpoint.stripeId !== first)).endpoint
      ?.stripeId;

    // As after the database was set back to before the endpoint was made.
    await world.inside.query('delete from webhook_endpoint where connection_id = $1', [connection.id]);
    await world.inside.query(`delete from connection_secret where connection_id = $1 and kind = 'webhook_secret'`, [connection.id]);
    await world.ask('POST', `/v1/connections/${connection.id}/verify`);
    await world.eventually(connection.id, ({ endpoint }) => endpoint !== null && endpoint.stripeId !== second);
    expect(await world.endpointsAtStripe(keys.secretKey)).toHaveLength(1);
    expect(await secretsOf(connection.id)).toHaveLength(1);
  });

  it('is rotated: both secrets are good for a day, then the old endpoint goes', async () => {
    const { keys, connection } = await connected();
    const [old] = await secretsOf(connection.id);
    expect((await world.ask('POST', `/v1/connections/${connection.id}/rotate_webhook_secret`)).status).toBe(200);
    const rotating = await world.eventually(
      connection.id,
      ({ endpoint }) => endpoint?.isRotating === true && endpoint.oldSecretUntil !== null,
    );
    expect(rotating.endpoint?.stripeId).not.toBe(connection.endpoint?.stripeId);
    const both = await secretsOf(connection.id);
    expect(both).toEqual([expect.not.stringContaining(String(old)), old]);
    expect(await world.endpointsAtStripe(keys.secretKey)).toHaveLength(2);
    expect(await world.ask('POST', `/v1/connections/${connection.id}/rotate_webhook_secret`)).toMatchObject({
      status: 409,
      body: { code: 'rotation_under_way' },
    });

    // A day later.
    await world.inside.query(
      `update pgboss.job set start_after = now() where name = 'retire-endpoint' and data->'data'->>'connectionId' = $1`,
      [connection.id],
    );
    await world.eventually(connection.id, ({ endpoint }) => endpoint?.isRotating === false);
    expect(await secretsOf(connection.id)).toEqual([both[0]]);
    expect(await world.endpointsAtStripe(keys.secretKey)).toMatchObject([{ id: rotating.endpoint?.stripeId }]);
  });

  it('is made once when Stripe’s answer to its making was lost', async () => {
    const keys = someKeys();
    const match = { method: 'POST', path: '/v1/webhook_endpoints' };
    await world.operator('faults', { account: keys.secretKey, kind: 'reset-after-commit', times: 1, match });
    const { connection } = await connected(keys);
    expect(await world.endpointsAtStripe(keys.secretKey)).toMatchObject([{ id: connection.endpoint?.stripeId }]);
    expect(await secretsOf(connection.id)).toHaveLength(1);
  });

  it('is not made where the key may not: events are polled, and the page says so', async () => {
    const { secretKey, publishableKey } = someKeys();
    const writes = [
      'charge',
      'customer',
      'event',
      'payment_intent',
      'payment_method',
      'setup_intent',
      'product',
      'subscription',
      'invoice',
      'plan',
    ];
    const key = await world.restrictedKey(secretKey, Object.fromEntries(writes.map((name) => [name, 'write' as const])));
    const { id } = await world.connect({ secretKey: key, publishableKey });
    const connection = await world.eventually(id, ({ checks }) => checks.some(({ check }) => check === 'webhook_endpoint'));
    expect(connection).toMatchObject({ status: 'verified', ingestMode: 'polling', endpoint: null });
    expect(connection.checks.find(({ check }) => check === 'Webhook Endpoints (write)')).toMatchObject({ ok: null, code: 'extra_missing' });
  });
});
