import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiKeyChanged, OrganizationChanged } from '@turnpike/contracts-events';
import { until } from '@turnpike/testing';
import { SERVICE_TOKEN, StartedOrganizations } from './testing/started-organizations.js';

let world: StartedOrganizations;
beforeAll(async () => {
  world = await StartedOrganizations.start();
});
afterAll(async () => {
  await world?.stop();
});

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');

describe('a new organization', () => {
  it('has one API key of each environment, and is told once for each, with hashes and no keys', async () => {
    const keys = await world.organization('acme');
    expect(Object.keys(keys)).toEqual(['sandbox', 'test', 'live']);
    for (const [environment, key] of Object.entries(keys)) expect(key).toMatch(new RegExp(`^tk_${environment}_[A-Za-z0-9_-]{43}$`));

    const told = await world.announced<OrganizationChanged>('organizations.organization.changed.v1', 'acme');
    expect(told.map(({ environment, body }) => [environment, body.organizationId, body.isOpen])).toEqual([
      ['sandbox', 'acme', true],
      ['test', 'acme', true],
      ['live', 'acme', true],
    ]);
    const toldKeys = await world.announced<ApiKeyChanged>('organizations.api-key.changed.v1', 'acme');
    expect(toldKeys.map(({ environment, body }) => [environment, body.sha256, body.prefix])).toEqual(
      Object.entries(keys).map(([environment, key]) => [environment, sha256(key), key.slice(0, `tk_${environment}_`.length + 4)]),
    );
  });

  it('may leave environments closed: then they have no key, and get none', async () => {
    const keys = await world.organization('tester', ['test']);
    expect(Object.keys(keys)).toEqual(['test']);
    const told = await world.announced<OrganizationChanged>('organizations.organization.changed.v1', 'tester');
    expect(told.filter(({ body }) => body.isOpen).map(({ environment }) => environment)).toEqual(['test']);
    expect((await world.ask('GET', '/v1/organization', keys['test'] ?? '')).body).toMatchObject({ id: 'tester', environments: ['test'] });
    expect(await world.ask('POST', '/internal/organizations/tester/api-keys', SERVICE_TOKEN, { environment: 'live' })).toMatchObject({
      status: 409,
      body: { code: 'environment_not_open' },
    });
  });

  it('asked for again is the same one, without keys', async () => {
    await world.organization('again');
    const second = await world.ask('POST', '/internal/organizations', SERVICE_TOKEN, { id: 'again', name: 'Another name' });
    expect(second).toMatchObject({ status: 200, body: { organization: { id: 'again', name: 'The again' }, apiKeys: [] } });
    expect(await world.announced('organizations.api-key.changed.v1', 'again')).toHaveLength(3);
  });

  it('asked for by many at once is made once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => world.ask('POST', '/internal/organizations', SERVICE_TOKEN, { id: 'race', name: 'Race' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
    expect(await world.announced('organizations.organization.changed.v1', 'race')).toHaveLength(3);
  });

  it('is made by the service token alone', async () => {
    const { live = '' } = await world.organization('curious');
    for (const key of [live, 'nobody', ''])
      expect(await world.ask('POST', '/internal/organizations', key, { id: 'planted', name: 'Planted' })).toMatchObject({ status: 401 });
    expect(await world.ask('POST', '/internal/organizations/curious/api-keys', live, { environment: 'live' })).toMatchObject({
      status: 401,
    });
  });

  it.each([
    [{ id: 'Big', name: 'x' }],
    [{ id: '-x', name: 'x' }],
    [{ id: 'x', name: ' ' }],
    [{ id: 'x', name: 'x', environments: [] }],
    [{ id: 'x', name: 'x', environments: ['prod'] }],
    [{ id: 'x', name: 'x', dataResidency: 'mars' }],
  ])('is refused as %j', async (body) => {
    expect((await world.ask('POST', '/internal/organizations', SERVICE_TOKEN, body)).status).toBe(400);
  });

  it('whose data must stay where this deployment is not is refused, and one whose region is served is made', async () => {
    const there = await StartedOrganizations.start({ DATA_RESIDENCY: 'eu' });
    try {
      const asked = (id: string, dataResidency: string) =>
        there.ask('POST', '/internal/organizations', SERVICE_TOKEN, { id, name: id, dataResidency });
      expect(await asked('far', 'us')).toMatchObject({ status: 400, body: { code: 'data_residency_elsewhere' } });
      expect(await asked('near', 'eu')).toMatchObject({ status: 201, body: { organization: { dataResidency: 'eu' } } });
    } finally {
      await there.stop();
    }
  });
});

describe('an operator who lost the last key', () => {
  it('makes another, of any open environment', async () => {
    await world.organization('loser');
    const { status, body } = await world.ask('POST', '/internal/organizations/loser/api-keys', SERVICE_TOKEN, {
      environment: 'live',
      name: 'after the flood',
    });
    expect([status, body['apiKey']]).toEqual([201, expect.objectContaining({ environment: 'live', name: 'after the flood' })]);
    expect((await world.ask('GET', '/v1/organization', String(body['key']))).body).toMatchObject({ id: 'loser' });
  });

  it('is told when there is no such organization', async () => {
    for (const id of ['nobody', '%00'])
      expect(await world.ask('POST', `/internal/organizations/${id}/api-keys`, SERVICE_TOKEN, { environment: 'test' })).toMatchObject({
        status: 404,
        body: { code: 'organization_not_found' },
      });
  });
});

describe('the whole state', () => {
  it('is told again on request, each organization and key with the version it has', async () => {
    await world.organization('echo');
    const before = await world.announced('organizations.api-key.changed.v1', 'echo');
    expect((await world.ask('POST', '/internal/organizations/announce-all', SERVICE_TOKEN, { organization: 'echo' })).status).toBe(200);
    await until(
      'all is told again',
      async () => (await world.announced('organizations.api-key.changed.v1', 'echo')).length === before.length * 2,
    );
    expect((await world.announced('organizations.api-key.changed.v1', 'echo')).slice(before.length)).toEqual(before);
    expect(await world.announced('organizations.organization.changed.v1', 'echo')).toHaveLength(6);
  });
});
