import { describe, expect, it } from '@jest/globals';
import { Log, Unavailable } from '@turnpike/service';
import { ConnectionUnknown, type StripeCredentials } from '@turnpike/stripe';
import type { ConnectionRow } from './known-connections.service.js';
import { WebhookSecrets } from './webhook-secrets.js';

function someWorld() {
  const row: ConnectionRow = {
    organization: 'acme',
    environment: 'test',
    id: 'con_1',
    status: 'verified',
    livemode: false,
    secretsVersion: 1,
  };
  const world = {
    now: 0,
    row: row as ConnectionRow | null,
    secrets: ['whsec_1'] as readonly string[],
    version: 1,
    asked: 0,
    failure: null as Error | null,
  };
  const credentials = async (): Promise<StripeCredentials> => {
    world.asked += 1;
    if (world.failure) throw world.failure;
    return {
      connectionId: 'con_1',
      status: 'verified',
      secretKey: null,
      stripeAccountId: null,
      apiVersion: '2026-10-28.endive',
      baseUrl: null,
      webhookSecrets: [...world.secrets],
      secretsVersion: world.version,
    };
  };
  const secrets = new WebhookSecrets({
    known: { find: async () => world.row },
    door: { credentials },
    log: Log.of('gateway', 'silent'),
    now: () => world.now,
  });
  return { world, secrets };
}

const secretsIn = async (secrets: WebhookSecrets) => (await secrets.find('con_1'))?.webhookSecrets;

describe('a webhook secret', () => {
  it('is asked for once a minute, and by those who come together once', async () => {
    const { world, secrets } = someWorld();
    expect(secrets.fresh('con_1')).toBeNull();
    await Promise.all([secrets.find('con_1'), secrets.find('con_1')]);
    world.now = 59_999;
    expect(secrets.fresh('con_1')).toMatchObject({ id: 'con_1', organization: 'acme', environment: 'test', webhookSecrets: ['whsec_1'] });
    expect(world.asked).toBe(1);
    world.now = 60_000;
    expect(secrets.fresh('con_1')).toBeNull();
    await secrets.find('con_1');
    expect(world.asked).toBe(2);
  });

  it('is used on while connections is away, which is asked again every five seconds', async () => {
    const { world, secrets } = someWorld();
    await secrets.find('con_1');
    world.failure = new Unavailable('connections');
    world.now = 3_600_000;
    expect(await secretsIn(secrets)).toEqual(['whsec_1']);
    expect(await secretsIn(secrets)).toEqual(['whsec_1']);
    expect(world.asked).toBe(2);
    world.failure = null;
    world.secrets = ['whsec_2'];
    world.now += 5_000;
    expect(await secretsIn(secrets)).toEqual(['whsec_2']);
  });

  it('that was never fetched cannot be had while connections is away: Stripe is to try again', async () => {
    const { world, secrets } = someWorld();
    world.failure = new Unavailable('connections');
    await expect(secrets.find('con_1')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is nobody’s any more once its connection is removed, or unknown to connections', async () => {
    const { world, secrets } = someWorld();
    await secrets.find('con_1');
    world.row = { ...world.row!, status: 'removed' };
    secrets.expire('con_1');
    expect(await secrets.find('con_1')).toBeNull();
    world.row = { ...world.row, status: 'verified' };
    world.failure = new ConnectionUnknown('con_1');
    expect(await secrets.find('con_1')).toBeNull();
    world.row = null;
    expect(await secrets.find('con_1')).toBeNull();
  });

  it('is looked at again when a delivery does not fit, but not for each of them', async () => {
    const { world, secrets } = someWorld();
    await secrets.find('con_1');
    expect(await secrets.renewed('con_1')).toBeNull();
    world.now = 2_000;
    expect(await secrets.renewed('con_1')).toBeNull();
    expect(world.asked).toBe(2);
    Object.assign(world, { now: 4_000, version: 2, secrets: ['whsec_2', 'whsec_1'] });
    expect((await secrets.renewed('con_1'))?.webhookSecrets).toEqual(['whsec_2', 'whsec_1']);
    expect(await secrets.renewed('con_1')).toBeNull();
    expect(world.asked).toBe(3);
  });
});
