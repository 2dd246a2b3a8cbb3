import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionChanged, Scope } from '@turnpike/contracts-events';
import { anEvent, SECRET, StartedGateway } from './testing/started-gateway.js';
import { ToldConnections } from './testing/told-connections.js';

const ACME: Scope = { organization: 'acme', environment: 'test' };
let gateway: StartedGateway;
let told: ToldConnections;

beforeAll(async () => {
  gateway = await StartedGateway.start();
  told = await ToldConnections.start(gateway);
});
beforeEach(() => gateway.empty());
afterAll(async () => {
  await told?.stop();
  await gateway?.stop();
});

const tell = (connectionId: string, changes: Partial<ConnectionChanged>) => told.tell(ACME, connectionId, changes);

describe('a connection that was told of', () => {
  it('takes deliveries from then on', async () => {
    expect((await gateway.deliver(anEvent(), { connection: 'con_new' })).status).toBe(404);
    gateway.connections.holds(ACME, 'con_new', { webhookSecrets: [SECRET] });
    await tell('con_new', {});
    expect((await gateway.deliver(anEvent(), { connection: 'con_new' })).status).toBe(200);
    expect(await gateway.announced()).toMatchObject([{ connectionId: 'con_new' }]);
  });

  it('takes what its new secret signed at once, and what the old one did while that is good', async () => {
    gateway.connections.holds(ACME, 'con_rotated', { webhookSecrets: ['whsec_old'] });
    await tell('con_rotated', {});
    const sent = (secret: string) => gateway.deliver(anEvent(), { connection: 'con_rotated', secret });
    expect((await sent('whsec_old')).status).toBe(200);
    gateway.connections.holds(ACME, 'con_rotated', { webhookSecrets: ['whsec_new', 'whsec_old'] });
    await tell('con_rotated', { secretsVersion: 2 });
    expect((await sent('whsec_new')).status).toBe(200);
    expect((await sent('whsec_old')).status).toBe(200);
    gateway.connections.holds(ACME, 'con_rotated', { webhookSecrets: ['whsec_new'] });
    await tell('con_rotated', { secretsVersion: 3 });
    expect((await sent('whsec_old')).body['code']).toBe('signature_invalid');
  });

  it('is nobody’s address any more when it is removed', async () => {
    gateway.connections.holds(ACME, 'con_removed', { webhookSecrets: [SECRET] });
    await tell('con_removed', {});
    expect((await gateway.deliver(anEvent(), { connection: 'con_removed' })).status).toBe(200);
    await tell('con_removed', { status: 'removed', removedAt: '2026-11-21T09:00:00.000Z' });
    expect(await gateway.deliver(anEvent(), { connection: 'con_removed' })).toMatchObject({
      status: 404,
      body: { code: 'connection_not_found' },
    });
  });

  it('goes on taking deliveries while connections is away', async () => {
    gateway.connections.holds(ACME, 'con_alone', { webhookSecrets: [SECRET] });
    await tell('con_alone', {});
    expect((await gateway.deliver(anEvent(), { connection: 'con_alone' })).status).toBe(200);
    gateway.connections.goesAway();
    await tell('con_alone', { secretsVersion: 2 });
    expect((await gateway.deliver(anEvent(), { connection: 'con_alone' })).status).toBe(200);
    // What this process has never seen is not refused for good: Stripe is to send it again.
    await tell('con_unseen', {});
    const unseen = await gateway.deliver(anEvent(), { connection: 'con_unseen' });
    expect(unseen.status).toBe(503);
    expect(unseen.headers.get('retry-after')).toBe('5');
    gateway.connections.comesBack();
  });
});
