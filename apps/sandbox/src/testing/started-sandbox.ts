import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { type Sandbox, type SandboxOptions, startSandbox } from '../start.js';

export interface StartedSandbox {
  readonly sandbox: Sandbox;
  readonly data: string;
  /** The real SDK, for one account. */
  client(key?: string, config?: Partial<Stripe.StripeConfig>): Stripe;
  /** One of the sandbox's own doors. */
  operate(path: string, body: unknown, method?: string): Promise<Record<string, unknown>>;
  /** A request as it is, beside the SDK. */
  raw(method: string, path: string, options?: { key?: string; body?: string; headers?: Record<string, string> }): Promise<Response>;
  /** The same folder, another process's life. */
  restart(options?: Partial<SandboxOptions>): Promise<void>;
  stop(): Promise<void>;
}

let accounts = 0;
/** A key that nobody used before. */
export const freshKey = (): string => `sk_test_suite${(accounts += 1)}x${process.pid}`;

export async function startedSandbox(options: Partial<SandboxOptions> = {}): Promise<StartedSandbox> {
  const data = await mkdtemp(join(tmpdir(), 'sandbox-'));
  let sandbox = await startSandbox({ data, ...options });
  const usual = freshKey();
  return {
    get sandbox() {
      return sandbox;
    },
    data,
    client: (key = usual, config = {}) => new Stripe(key, { host: '127.0.0.1', port: sandbox.port, protocol: 'http', ...config }),
    async operate(path, body, method = 'POST') {
      const response = await fetch(`${sandbox.url}/_sandbox${path}`, {
        method,
        ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      if (!response.ok) throw new Error(JSON.stringify(answer));
      return answer;
    },
    raw: (method, path, { key = usual, body, headers = {} } = {}) =>
      fetch(`${sandbox.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        ...(body === undefined ? {} : { body }),
      }),
    async restart(more = {}) {
      await sandbox.stop();
      sandbox = await startSandbox({ data, ...options, ...more });
    },
    async stop() {
      await sandbox.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

export async function eventually<T>(look: () => Promise<T | undefined> | T | undefined, withinMs = 4_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
