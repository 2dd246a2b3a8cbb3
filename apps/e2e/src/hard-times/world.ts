import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@turnpike/testing';
import { type Start, Trial } from '../npm-start.js';
import { type Secret, secretsOf } from './secrets.js';
import { Seller } from './seller.js';

/** What somebody answered, read to the end. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Fault {
  /** `*`: every account; otherwise one of its keys. */
  readonly account: string;
  readonly kind: '429' | 'lock-timeout' | '500' | '503' | 'timeout' | 'delay' | 'reset-before' | 'reset-after-commit';
  readonly match: { readonly method?: 'GET' | 'POST' | 'DELETE'; readonly path: string };
  readonly times: number;
}

/** One `npm start -- --quiet` with its Sandbox, for many tests. Nothing in it is known to them but what it says, and its folder. */
export class World {
  /** Every address that a proxy of ours was called at. */
  readonly addressesCalled: string[] = [];
  /** Secrets that were given out, besides what can be asked for. */
  readonly secretsGiven: Secret[] = [];
  private readonly sellers: Seller[] = [];

  private constructor(
    readonly trial: Trial,
    readonly start: Start,
  ) {}

  static async begin(environment: Readonly<Record<string, string>>): Promise<World> {
    const trial = await Trial.begin();
    try {
      const start = await trial.start(['--quiet'], { LOG_LEVEL: 'debug', ...environment });
      await start.until(() => start.hasEnded || /the Sandbox/.test(start.output), 60_000);
      if (start.hasEnded) throw new Error(`It did not start. It said:\n${start.output}`);
      return new World(trial, start);
    } catch (error) {
      await trial.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    await this.trial.end();
  }

  get url(): string {
    if (this.start.url === null) throw new Error('It has no URL.');
    return this.start.url;
  }

  get sandboxUrl(): string {
    const url = /^ *(http\S+) +the Sandbox/m.exec(this.start.output)?.[1];
    if (url === undefined) throw new Error('It did not say where the Sandbox is.');
    return url;
  }

  /** How many lines of an event tell of this organization. */
  logged(event: string, organization: string): number {
    return this.start.output.split('\n').filter((line) => line.includes(`"${event}"`) && line.includes(`"${organization}"`)).length;
  }

  /** All that may be known to nobody outside the folder, by name. */
  get secrets(): Readonly<Record<string, string>> {
    const kept: Record<string, unknown> = JSON.parse(readFileSync(join(this.trial.folder, 'secrets.json'), 'utf8'));
    return Object.fromEntries(Object.entries(kept).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  }

  knownSecrets(): Promise<Secret[]> {
    return secretsOf(this, this.sellers, this.secretsGiven);
  }

  /** A new organization with a key of each environment that every service obeys, and an account at the Sandbox that nobody else knows. */
  async seller(name: string): Promise<Seller> {
    const id = `${name}-${randomBytes(3).toString('hex')}`;
    const made = await this.internally('POST', '/internal/organizations', { id, name });
    const { apiKeys } = made.body as { apiKeys: Array<{ key: string; apiKey: { environment: string } }> };
    const keys = Object.fromEntries(apiKeys.map(({ key, apiKey }) => [apiKey.environment, key]));
    const seller = new Seller(this, id, keys, `${name}${randomBytes(16).toString('hex')}`);
    this.sellers.push(seller);
    for (const environment of ['sandbox', 'test', 'live'] as const)
      for (const path of [
        '/v1/connections',
        '/v1/catalog',
        '/v1/customers',
        '/v1/invoices',
        '/v1/notifications',
        '/v1/gap_sweeps',
        '/v1/entitlements/nobody',
      ])
        await until(
          `${path} obeys the ${environment} key of ${id}`,
          async () => (await seller.in(environment, 'GET', path)).status !== 401,
        );
    return seller;
  }

  /** As one service asks another. */
  internally(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask(method, path, this.secrets['serviceToken'] ?? '', body, headers);
  }

  async ask(method: string, path: string, key: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return { status: response.status, body: isJson(response) ? JSON.parse(text) : text };
  }

  /** From now on the next requests to the Sandbox that match go wrong. */
  async breaks(fault: Fault): Promise<void> {
    await this.operate('POST', 'faults', fault);
  }

  async heals(): Promise<void> {
    await this.operate('DELETE', 'faults');
  }

  /** Every permission that a key may have at the Sandbox: it names them all to who asks for one that there is not. */
  async permissionsAtStripe(account: string): Promise<string[]> {
    const refusal = await this.operate('POST', 'restricted_keys', { account, permissions: { nothing_like_this: 'read' } }).catch(String);
    const names = /known are ([\w, ]+)/.exec(String(refusal))?.[1];
    if (names === undefined) throw new Error(`The Sandbox did not name its permissions, but said ${String(refusal)}`);
    return names.split(', ');
  }

  /** The operator's doors of the Sandbox. */
  async operate(method: 'POST' | 'DELETE', door: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(new URL(`/_sandbox/${door}`, this.sandboxUrl), {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    if (!response.ok) throw new Error(`${method} ${door}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  }
}

function isJson(response: Response): boolean {
  return /json/.test(response.headers.get('content-type') ?? '');
}
