import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiKeyChanged, OrganizationChanged } from '@turnpike/contracts-events';
import { SERVICE_TOKEN, StartedOrganizations } from './testing/started-organizations.js';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
const declared = (id: string, keys: readonly string[], name = id) => ({
  id,
  name,
  apiKeys: keys.map((key) => ({ sha256: sha256(key), environment: 'test' })),
  // Its writer is another service, which alone has the secret.
  connections: [{ id: `conn_${id}`, environment: 'test', webhookSecrets: ['env:NOT_SET_HERE'] }],
});

let world: StartedOrganizations;
beforeAll(async () => {
  world = await StartedOrganizations.start({}, { organizations: [declared('acme', ['key-a', 'key-b']), declared('globex', ['key-g'])] });
});
afterAll(async () => {
  await world?.stop();
});

const opens = async (key: string) => (await world.ask('GET', '/v1/organization', key)).status === 200;

describe('a declared organization', () => {
  it('is there before the first request, with its keys, and is told', async () => {
    expect((await world.ask('GET', '/v1/organization', 'key-b')).body).toMatchObject({
      id: 'acme',
      environments: ['sandbox', 'test', 'live'],
    });
    expect(await world.announced<OrganizationChanged>('organizations.organization.changed.v1', 'acme')).toHaveLength(3);
    const told = await world.announced<ApiKeyChanged>('organizations.api-key.changed.v1', 'acme');
    expect(told.map(({ environment, body }) => [environment, body.sha256])).toEqual([
      ['test', sha256('key-a')],
      ['test', sha256('key-b')],
    ]);
  });

  it('that says the same at the next start changes nothing and tells nothing', async () => {
    const before = await world.announced('organizations.api-key.changed.v1', 'acme');
    await world.startAgain({}, { organizations: [declared('acme', ['key-a', 'key-b']), declared('globex', ['key-g'])] });
    expect(await world.announced('organizations.api-key.changed.v1', 'acme')).toEqual(before);
    expect(await world.announced('organizations.organization.changed.v1', 'acme')).toHaveLength(3);
    expect(await opens('key-a')).toBe(true);
  });

  it('may get another name, more keys and fewer, and leaves keys alone that were made otherwise', async () => {
    const { body } = await world.ask('POST', '/internal/organizations/acme/api-keys', SERVICE_TOKEN, { environment: 'test' });
    await world.startAgain({}, { organizations: [declared('acme', ['key-b', 'key-c'], 'Acme GmbH'), declared('globex', ['key-g'])] });
    expect((await world.ask('GET', '/v1/organization', 'key-c')).body).toMatchObject({ name: 'Acme GmbH' });
    expect([await opens('key-a'), await opens('key-b'), await opens(String(body['key']))]).toEqual([false, true, true]);
    const told = await world.announced<OrganizationChanged>('organizations.organization.changed.v1', 'acme');
    expect(told.slice(3).map(({ body: row }) => [row.name, row.version.n])).toEqual(Array(3).fill(['Acme GmbH', 2]));
  });

  it('does not bring back a key that was revoked', async () => {
    const list = await world.ask('GET', '/v1/api_keys', 'key-g');
    const [key] = list.body['data'] as { id: string }[];
    await world.ask('DELETE', `/v1/api_keys/${key?.id ?? ''}`, 'key-g');
    await world.startAgain({}, { organizations: [declared('acme', ['key-b']), declared('globex', ['key-g'])] });
    expect(await opens('key-g')).toBe(false);
  });

  it('that is gone from the file stays, and its declared keys open nothing', async () => {
    await world.startAgain({}, { organizations: [declared('globex', ['key-h'])] });
    expect([await opens('key-b'), await opens('key-h')]).toEqual([false, true]);
    expect(await world.ask('POST', '/internal/organizations', SERVICE_TOKEN, { id: 'acme', name: 'x' })).toMatchObject({ status: 200 });
  });

  it('cannot have the key of another', async () => {
    await expect(world.startAgain({}, { organizations: [declared('globex', ['key-h']), declared('initech', ['key-b'])] })).rejects.toThrow(
      /another organization or environment/,
    );
  });

  it('is left as it is by a start without a file', async () => {
    await world.startAgain();
    expect(await opens('key-h')).toBe(true);
  });
});
