import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers } from '@turnpike/customers';
import { organizations } from '@turnpike/organizations';
import type { ApiKeyCreatedResponse, OrganizationCreatedResponse } from '@turnpike/contracts-http';
import { startService, type RunningService } from '@turnpike/service';
import { freshDatabases, until, type FreshDatabases } from '@turnpike/testing';

const SERVICE_TOKEN = 'a-service-token-of-24-characters';

/** Keys are made by one service and obeyed by another that never asks it: what lies between is a topic. */
describe('an API key', () => {
  let databases: FreshDatabases;
  let urls: { organizations: string; customers: string };
  const running: RunningService[] = [];

  beforeAll(async () => {
    databases = await freshDatabases([organizations.plan, customers.plan]);
    const environmentOf = (service: string) => ({
      DATABASE_URL: databases.of(service).url,
      INFRASTRUCTURE_DATABASE_URL: databases.of(service).infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN,
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
    });
    const writer = await startService(organizations, environmentOf('organizations'));
    running.push(writer);
    const url = await writer.listen();
    const reader = await startService(customers, { ...environmentOf('customers'), WRITER_URLS: `organizations=${url}` });
    running.push(reader);
    urls = { organizations: url, customers: await reader.listen() };
  });
  afterAll(async () => {
    for (const service of running.reverse()) await service.stop();
    await databases?.drop();
  });

  const ask = (url: string, method: string, key: string, body?: object) =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': randomUUID(), ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const isLetIn = async (key: string) => (await ask(`${urls.customers}/v1/customers`, 'GET', key)).status === 200;
  async function keysOf(organization: string): Promise<OrganizationCreatedResponse['apiKeys']> {
    const made = await ask(`${urls.organizations}/internal/organizations`, 'POST', SERVICE_TOKEN, { id: organization, name: organization });
    return ((await made.json()) as OrganizationCreatedResponse).apiKeys;
  }

  it('opens another service as soon as that one has heard of it, and nothing there once it is revoked', async () => {
    const [sandbox] = await keysOf('acme');
    await until('the key is let in', () => isLetIn(sandbox?.key ?? ''));
    const further = (await (
      await ask(`${urls.organizations}/v1/api_keys`, 'POST', sandbox?.key ?? '', { name: 'further' })
    ).json()) as ApiKeyCreatedResponse;
    await until('the further key is let in', () => isLetIn(further.key));
    expect((await ask(`${urls.organizations}/v1/api_keys/${further.apiKey.id}`, 'DELETE', sandbox?.key ?? '')).status).toBe(200);
    await until('the further key is refused', async () => !(await isLetIn(further.key)), 5_000);
    expect(await isLetIn(sandbox?.key ?? '')).toBe(true);
  });

  it('is let in again by a service that had lost it, when all of them are told again', async () => {
    const [, test] = await keysOf('globex');
    await until('the key is let in', () => isLetIn(test?.key ?? ''));
    await databases.inside('customers').query('truncate known_api_key');
    await until('the key is forgotten', async () => !(await isLetIn(test?.key ?? '')), 5_000);
    await ask(`${urls.organizations}/internal/organizations/announce-all`, 'POST', SERVICE_TOKEN, { organization: 'globex' });
    await until('the key is let in again', () => isLetIn(test?.key ?? ''));
  });
});
