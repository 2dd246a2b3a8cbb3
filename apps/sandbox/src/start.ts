import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Accounts } from './accounts.js';
import { clockEngine } from './clock-engine.js';
import { ClockRunner } from './clock-runner.js';
import { Deliverer } from './deliverer.js';
import { Expander } from './expand.js';
import { Faults } from './faults.js';
import { Keys } from './keys.js';
import type { OpenAccount } from './open-account.js';
import { operatorDoors } from './operator.js';
import { Requests } from './requests.js';
import { resources } from './resources.js';
import { createServer } from './server.js';
import type { Difference } from './state.js';
import { Store } from './store.js';

export interface SandboxOptions {
  /** The folder of its one file. Made when it is not there; what lies there is gone on with. */
  readonly data: string;
  /** 0: any free one. */
  readonly port?: number;
  /** Loopback unless told: the sandbox asks nobody who they are. */
  readonly host?: string;
  /** false: no port of its own, requests come by `handle`. */
  readonly listen?: boolean;
  /** The wall clock, milliseconds since 1970. */
  readonly now?: () => number;
  /** Waits between attempts of a delivery: as many retries as waits (B1). */
  readonly retryAfterMs?: readonly number[];
  /** How long an endpoint may take. */
  readonly deliveryTimeoutMs?: number;
  /** Told of faults of the sandbox itself; on stderr unless told. */
  readonly failed?: (error: unknown) => void;
}

export interface Sandbox {
  /** Empty when it does not listen. */
  readonly url: string;
  readonly port: number;
  handle(request: IncomingMessage, response: ServerResponse): void;
  stop(): Promise<void>;
}

const DAY = 86_400;
/** Five seconds, five minutes, half an hour: quick enough to be watched. */
const RETRY_AFTER_MS = [5_000, 300_000, 1_800_000];
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Random letters and digits, good for secrets too. */
const randomText = (length: number): string => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** A stand-in for Stripe, to be spoken to by its SDK: `new Stripe(key, { host, port, protocol: 'http' })`. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { data, port = 0, host = '127.0.0.1', listen = true, now: nowMs = Date.now } = options;
  const failed =
    options.failed ?? ((error: unknown) => void process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`));
  const now = (): number => Math.floor(nowMs() / 1000);

  const store = Store.open(data);
  store.forgetAnswersBefore(now() - DAY);
  const expander = new Expander(resources);
  const deliverer = new Deliverer({
    now: nowMs,
    retryAfterMs: options.retryAfterMs ?? RETRY_AFTER_MS,
    timeoutMs: options.deliveryTimeoutMs ?? 10_000,
  });
  const clocks = new ClockRunner(clockEngine, nowMs, failed);
  const saved = (account: OpenAccount, { kept }: Difference): void => {
    for (const { object, id } of kept) {
      const delivery = object === 'sandbox.delivery' ? account.state.find(object, id) : undefined;
      if (delivery?.status === 'pending') deliverer.take(account, delivery);
    }
    clocks.watch(account);
  };
  const accounts = new Accounts(store, resources, expander, randomText, now, saved);
  const keys = new Keys(store, (part) => accounts.create(part));
  const faults = new Faults();
  const requests = new Requests(store, keys, accounts, faults, expander, now, failed);
  const server = createServer({
    routes: resources.flatMap((resource) => resource.routes),
    doors: operatorDoors({ keys, accounts, faults, resources, now }),
    answer: (request) => requests.answer(request),
    newRequestId: () => `req_${randomText(14)}`,
  });

  if (listen) await server.listen({ port, host });
  else await server.ready();
  for (const account of accounts.all()) {
    for (const delivery of account.state.list('sandbox.delivery')) if (delivery.status === 'pending') deliverer.take(account, delivery);
    clocks.watch(account);
  }

  const address = server.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: listen ? `http://${host}:${bound}` : '',
    port: bound,
    handle: (request, response) => server.routing(request, response),
    stop: async () => {
      clocks.stop();
      deliverer.stop();
      await server.close();
      store.close();
    },
  };
}
