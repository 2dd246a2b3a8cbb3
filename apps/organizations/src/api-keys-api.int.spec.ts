import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiKeyChanged } from '@turnpike/contracts-events';
import type { ApiKeyCreatedResponse } from '@turnpike/contracts-http';
import { type Answer, StartedOrganizations } from './testing/started-organizations.js';

let world: StartedOrganizations;
let acme: Record<string, string>;
let globex: Record<string, string>;
beforeAll(async () => {
  world = await StartedOrganizations.start();
  acme = await world.organization('acme');
  globex = await world.organization('globex');
});
afterAll(async () => {
  await world?.stop();
});

const made = ({ body }: Answer) => body as unknown as ApiKeyCreatedResponse;
const opens = async (key: string) => (await world.ask('GET', '/v1/organization', key)).status === 200;
const aKey = async (by: string, name?: string) => made(await world.ask('POST', '/v1/api_keys', by, { name }));
const rotate = (by: string, id: string, oldExpiresInHours: number) =>
  world.ask('POST', `/v1/api_keys/${id}/rotate`, by, { oldExpiresInHours });
const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
const { sandbox: ofSandbox, test: ofTest, live: ofLive } = { sandbox: 'sandbox', test: 'test', live: 'live' };

describe('an API key', () => {
  it('opens its own environment of its own organization', async () => {
    expect((await world.ask('GET', '/v1/organization', acme[ofTest] ?? '')).body).toMatchObject({ id: 'acme', name: 'The acme' });
    expect((await world.ask('GET', '/v1/api_keys', acme[ofTest] ?? '')).body['data']).toMatchObject([{ environment: 'test' }]);
    for (const nobody of ['', 'tk_test_x', 'x'.repeat(10_000)]) expect(await opens(nobody)).toBe(false);
  });

  it('makes another, which opens the same at once and is told by its hash', async () => {
    const { apiKey, key } = await aKey(acme[ofSandbox] ?? '', 'build server');
    expect(apiKey).toMatchObject({ name: 'build server', environment: 'sandbox', expiresAt: null, revokedAt: null, replacesId: null });
    expect(key.startsWith(apiKey.prefix)).toBe(true);
    expect(await opens(key)).toBe(true);
    const told = await world.announced<ApiKeyChanged>('organizations.api-key.changed.v1', 'acme');
    expect(told.at(-1)).toMatchObject({ environment: 'sandbox', body: { apiKeyId: apiKey.id, sha256: sha256(key) } });
  });

  it('is made once, however often the request is sent, and every answer holds it', async () => {
    const send = (body: object) => world.ask('POST', '/v1/api_keys', acme[ofLive] ?? '', body, 'one-request');
    const first = await send({ name: 'once' });
    const second = await send({ name: 'once' });
    expect([first.status, second.status, second.headers.get('idempotent-replayed')]).toEqual([201, 201, 'true']);
    expect(second.body).toEqual(first.body);
    expect(await send({ name: 'twice' })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it('is in no table and on no topic, whole', async () => {
    const { key } = await aKey(acme[ofTest] ?? '', 'hidden');
    const dump = await world.dump();
    expect(dump).toContain(sha256(key));
    for (const secret of [key, ...Object.values(acme), ...Object.values(globex)]) expect(dump).not.toContain(secret.slice(0, 24));
  });

  it('is listed newest first, page by page, without itself', async () => {
    const { test: by = '' } = await world.organization('lister');
    for (const name of ['a', 'b', 'c']) await aKey(by, name);
    const first = (await world.ask('GET', '/v1/api_keys?limit=2', by)).body;
    expect(first).toMatchObject({ data: [{ name: 'c' }, { name: 'b' }], has_more: true });
    const second = (await world.ask('GET', `/v1/api_keys?limit=2&starting_after=${String(first['next_cursor'])}`, by)).body;
    expect(second).toMatchObject({ data: [{ name: 'a' }, { name: null }], has_more: false, next_cursor: null });
    expect(JSON.stringify([first, second])).not.toContain(by);
    expect((await world.ask('GET', '/v1/api_keys?starting_after=x', by)).status).toBe(400);
  });
});

describe('a revoked key', () => {
  it('opens nothing from then on, for ever, and is told', async () => {
    const { apiKey, key } = await aKey(acme[ofTest] ?? '');
    expect(await opens(key)).toBe(true);
    const revoked = await world.ask('DELETE', `/v1/api_keys/${apiKey.id}`, acme[ofTest] ?? '');
    expect([revoked.status, typeof revoked.body['revokedAt']]).toEqual([200, 'string']);
    expect(await opens(key)).toBe(false);
    const again = await world.ask('DELETE', `/v1/api_keys/${apiKey.id}`, acme[ofTest] ?? '');
    expect(again.body).toEqual(revoked.body);
    const told = (await world.announced<ApiKeyChanged>('organizations.api-key.changed.v1', 'acme')).filter(
      ({ body }) => body.apiKeyId === apiKey.id,
    );
    expect(told.map(({ body }) => [body.version.n, body.revokedAt])).toEqual([
      [1, null],
      [2, revoked.body['revokedAt']],
    ]);
  });
});

describe('a rotation', () => {
  it('makes a key in the place of another, which opens doors for the hours that were given', async () => {
    const old = await aKey(acme[ofLive] ?? '', 'server');
    const before = Date.now();
    const next = made(await rotate(acme[ofLive] ?? '', old.apiKey.id, 24));
    expect(next.apiKey).toMatchObject({ name: 'server', replacesId: old.apiKey.id, expiresAt: null });
    expect([await opens(old.key), await opens(next.key)]).toEqual([true, true]);
    const told = await world.announced<ApiKeyChanged>('organizations.api-key.changed.v1', 'acme');
    const end = told.findLast(({ body }) => body.apiKeyId === old.apiKey.id)?.body.expiresAt ?? '';
    expect(Math.abs(Date.parse(end) - before - 24 * 3_600_000)).toBeLessThan(10_000);
  });

  it('with 0 hours ends the old one at once', async () => {
    const old = await aKey(acme[ofLive] ?? '');
    const next = made(await rotate(acme[ofLive] ?? '', old.apiKey.id, 0));
    expect([await opens(old.key), await opens(next.key)]).toEqual([false, true]);
    expect(await rotate(acme[ofLive] ?? '', old.apiKey.id, 24)).toMatchObject({ status: 409, body: { code: 'api_key_not_live' } });
  });

  it('leaves two that open doors at most', async () => {
    const old = await aKey(acme[ofLive] ?? '');
    const next = made(await rotate(acme[ofLive] ?? '', old.apiKey.id, 168));
    for (const id of [next.apiKey.id, old.apiKey.id])
      expect(await rotate(acme[ofLive] ?? '', id, 1)).toMatchObject({ status: 409, body: { code: 'two_api_keys_live' } });
    await world.ask('DELETE', `/v1/api_keys/${old.apiKey.id}`, acme[ofLive] ?? '');
    expect((await rotate(acme[ofLive] ?? '', next.apiKey.id, 1)).status).toBe(201);
  });

  it('asked for twice at once happens once', async () => {
    const old = await aKey(acme[ofLive] ?? '');
    const answers = await Promise.all([1, 1, 1].map((hours) => rotate(acme[ofLive] ?? '', old.apiKey.id, hours)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  it.each([[2], [-1], ['24'], [null]])('takes no %j hours', async (hours) => {
    expect((await world.ask('POST', '/v1/api_keys/ak_x/rotate', acme[ofLive] ?? '', { oldExpiresInHours: hours })).status).toBe(400);
  });
});

describe('the keys of others', () => {
  it('are not there for another organization, nor for another environment, in the words for an id that nobody has', async () => {
    const { apiKey } = await aKey(acme[ofTest] ?? '', 'mine');
    const nobody = `ak_${'0'.repeat(32)}`;
    for (const stranger of [globex[ofTest] ?? '', acme[ofLive] ?? '']) {
      const tries = (id: string) => [world.ask('DELETE', `/v1/api_keys/${id}`, stranger), rotate(stranger, id, 0)];
      const ofAnother = await Promise.all(tries(apiKey.id));
      const ofNobody = await Promise.all(tries(nobody));
      const words = (answers: readonly Answer[], id: string) =>
        answers.map(({ status, body }) => [status, JSON.stringify({ ...body, requestId: '', instance: '' }).replaceAll(id, '')]);
      expect(ofAnother.map(({ status }) => status)).toEqual([404, 404]);
      expect(words(ofAnother, apiKey.id)).toEqual(words(ofNobody, nobody));
      expect(JSON.stringify((await world.ask('GET', '/v1/api_keys?limit=100', stranger)).body)).not.toContain(apiKey.id);
    }
    expect(await world.ask('DELETE', '/v1/api_keys/%00', acme[ofTest] ?? '')).toMatchObject({ status: 404 });
  });
});
