import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiKeyCreatedResponse } from '@turnpike/contracts-http';
import { FIRST_ORGANIZATION } from './first-declaration.js';
import type { Service } from './services.js';

const LOOK_EVERY_MS = 25;
/** Readers of a Kafka that has just been started take seconds until they have their partitions. */
const KNOWN_WITHIN_MS = 60_000;
const ASK_MS = 10_000;

/** No key could be made, or a service did not hear of it. */
export class ApiKeyFailed extends Error {}

/** Where the services are asked, and with which token. */
export interface Installed {
  readonly url: string;
  readonly serviceToken: string;
  readonly services: readonly Pick<Service, 'name' | 'doors'>[];
}

/**
 * Makes the first organization, where it is not there yet, and an API key of its sandbox; answers when the key opens every service.
 * The key is kept nowhere: whoever is told must show it.
 * @param name what the key is for, for people who look at the list
 * @throws ApiKeyFailed
 */
export async function makeApiKey(installed: Installed, name: string): Promise<string> {
  const { id } = FIRST_ORGANIZATION;
  await ask(installed, '/internal/organizations', FIRST_ORGANIZATION);
  // The organization's own first keys are answered once, perhaps to a start that ended before it could show them: this one is ours.
  const made = await ask(installed, `/internal/organizations/${id}/api-keys`, { environment: 'sandbox', name });
  const { key } = ApiKeyCreatedResponse.parse(await made.json());
  const sha256 = createHash('sha256').update(key).digest('hex');
  const guarded = installed.services.filter(({ doors }) => doors.some((door) => door.startsWith('/v1/')));
  await Promise.all(guarded.map(({ name }) => untilKnown(installed, name, sha256)));
  return key;
}

async function untilKnown(installed: Installed, service: string, sha256: string): Promise<void> {
  const deadline = performance.now() + KNOWN_WITHIN_MS;
  while ((await send(installed, 'GET', `/internal/${service}/known-api-keys/${sha256}`)).status !== 200) {
    if (performance.now() > deadline)
      throw new ApiKeyFailed(`${service} has not heard of a new API key within ${KNOWN_WITHIN_MS / 1000} s; the log says why.`);
    await delay(LOOK_EVERY_MS);
  }
}

async function ask(installed: Installed, path: string, body: object): Promise<Response> {
  const response = await send(installed, 'POST', path, body);
  if (!response.ok) throw new ApiKeyFailed(`No API key could be made: ${response.status} ${await response.text()}`);
  return response;
}

function send({ url, serviceToken }: Installed, method: string, path: string, body?: object): Promise<Response> {
  return fetch(new URL(path, url), {
    method,
    headers: { authorization: `Bearer ${serviceToken}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(ASK_MS),
  });
}
