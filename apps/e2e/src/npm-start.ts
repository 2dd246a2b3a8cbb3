import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removePostgres } from '@turnpike/local-postgres';
import { openSession, type Row } from '@turnpike/service';

export const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

/** Every service that `npm start` starts, in the order of the road. */
export const SERVICE_NAMES = [
  'organizations',
  'connections',
  'gateway',
  'catalog',
  'customers',
  'payments',
  'entitlements',
  'notifications',
] as const;

/** What /readyz says when all of them can work. */
export const ALL_READY = { status: 'ready', services: Object.fromEntries(SERVICE_NAMES.map((name) => [name, 'ready'])) };

/** One folder for `npm start -- --data`, and what runs on it. */
export class Trial {
  private readonly starts: Start[] = [];

  private constructor(readonly folder: string) {}

  static async begin(): Promise<Trial> {
    const folder = await mkdtemp(join(tmpdir(), 'turnpike-npm-start-'));
    await chmod(folder, 0o755); // PostgreSQL's own account must get in, as it does in a checkout
    return new Trial(folder);
  }

  /** `npm start` without the story; resolves when it has said its URL, or has ended. */
  start(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Start> {
    return this.startAsTold([...words, '--quiet'], env);
  }

  /** `npm start` for real, in a process group of its own as a terminal gives it; resolves when it has said its URL, or has ended. */
  async startAsTold(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Start> {
    const begun = performance.now();
    const port = words.includes('--port') ? [] : ['--port', '0'];
    const child = spawn('npm', ['start', '--', ...port, '--data', this.folder, ...words], {
      cwd: CHECKOUT,
      detached: true,
      env: { ...surroundings(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const start = new Start(child, this.folder);
    this.starts.push(start);
    await start.until(() => start.url !== null || start.hasEnded, 180_000);
    start.startedInMs = performance.now() - begun;
    return start;
  }

  /** `npm run <script> -- …` on this folder. */
  async run(script: string, words: readonly string[]): Promise<{ code: number | null; output: string }> {
    return await runToEnd('npm', ['run', '--silent', script, '--', ...words, '--data', this.folder]);
  }

  get apiKey(): string {
    const key = this.starts.map((start) => /tk_sandbox_[\w-]+/.exec(start.output)?.[0]).find((one) => one !== undefined);
    if (key === undefined) throw new Error('No start has shown an API key.');
    return key;
  }

  /** Sends one signed event as Stripe would. @returns the status, or 0 when nobody answered */
  async deliver(url: string, customer: string, type = 'customer.created'): Promise<number> {
    const now = Math.floor(Date.now() / 1000);
    const body = JSON.stringify({
      id: `evt_${randomBytes(8).toString('hex')}`,
      object: 'event',
      api_version: '2025-03-31.basil',
      created: now,
      livemode: false,
      type,
      data: {
        object: {
          id: customer,
          object: 'customer',
          created: now,
          email: `${customer}@example.com`,
          name: 'Ada',
          livemode: false,
          metadata: {},
        },
      },
    });
    const declaration = JSON.parse(await readFile(join(this.folder, 'declaration.json'), 'utf8'));
    const secret: string = declaration.organizations[0].connections[0].webhookSecrets[0];
    const signature = `t=${now},v1=${createHmac('sha256', secret).update(`${now}.${body}`).digest('hex')}`;
    return await fetch(`${url}/webhooks/stripe/conn_sandbox`, {
      method: 'POST',
      body,
      headers: { 'stripe-signature': signature, 'content-type': 'application/json' },
    }).then(
      async (response) => (await response.arrayBuffer(), response.status),
      () => 0,
    );
  }

  /** Delivers without a pause, a few at a time, until told to stop. @returns the customers whose event got a 2xx */
  deliverUntil(start: Start): { stop(): Promise<string[]>; accepted: string[] } {
    const accepted: string[] = [];
    let isStopped = false;
    const lane = async () => {
      while (!isStopped) {
        const customer = `cus_${randomBytes(8).toString('hex')}`;
        const status = await this.deliver(start.url ?? '', customer);
        if (status >= 200 && status < 300) accepted.push(customer);
        else await delay(20);
      }
    };
    const lanes = Promise.all([lane(), lane(), lane(), lane()]);
    return { accepted, stop: async () => ((isStopped = true), await lanes, accepted) };
  }

  /** Every customer by the API, page after page: Stripe's id to how many states it has had. */
  async customers(start: Start): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (let cursor: string | null = ''; cursor !== null;) {
      const address = new URL('/v1/customers?limit=100', start.url ?? '');
      if (cursor) address.searchParams.set('starting_after', cursor);
      const response = await fetch(address, { headers: { authorization: `Bearer ${this.apiKey}` } });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      const page = (await response.json()) as {
        data: Array<{ stripeId: string; version: { n: number } }>;
        has_more: boolean;
        next_cursor: string | null;
      };
      for (const { stripeId, version } of page.data) {
        if (found.has(stripeId)) throw new Error(`${stripeId} stands twice in the list.`);
        found.set(stripeId, version.n);
      }
      cursor = page.has_more ? page.next_cursor : null;
    }
    return found;
  }

  /** Waits until all of them are rows, and says how many states each has had. */
  async settled(start: Start, customers: readonly string[]): Promise<Map<string, number>> {
    for (const end = Date.now() + 60_000; ; await delay(250)) {
      const found = await this.customers(start).catch((error: unknown) => {
        if (!String(error).includes('503') || Date.now() > end) throw error;
        return new Map<string, number>(); // the service is just being started again
      });
      const missing = customers.filter((customer) => !found.has(customer));
      if (missing.length === 0) return found;
      if (Date.now() > end)
        throw new Error(
          `${missing.length} of ${customers.length} accepted customers never became rows, e.g. ${missing.slice(0, 3).join(', ')}. It said:\n${start.output}`,
        );
    }
  }

  /** A statement in the embedded PostgreSQL, as its administrator. */
  async sql<R extends Row>(database: string, text: string): Promise<R[]> {
    const password = readFileSync(join(this.folder, 'postgres', 'password'), 'utf8');
    const port = readFileSync(join(this.folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[3];
    const session = await openSession({
      url: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
      name: 'e2e',
      idleSeconds: 0,
      onEnd: () => undefined,
    });
    try {
      return (await session.query<R>(text)).rows;
    } finally {
      await session.end();
    }
  }

  get postgresPid(): number | null {
    const file = join(this.folder, 'postgres', 'data', 'postmaster.pid');
    const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN;
    return Number.isInteger(pid) && isAlive(pid) ? pid : null;
  }

  get postgresLog(): string {
    return readFileSync(join(this.folder, 'postgres', 'postgres.log'), 'utf8');
  }

  /** After a test that failed half-way, so that the next one finds the folder free. */
  async killWhatIsLeft(): Promise<void> {
    for (const start of this.starts) if (!start.hasEnded) await start.kill();
  }

  async end(): Promise<void> {
    await this.killWhatIsLeft();
    await removePostgres(join(this.folder, 'postgres')).catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** One `npm start`. */
export class Start {
  output = '';
  startedInMs = 0;
  hasEnded = false;
  /** Of npm itself; the launcher may outlive it by a moment. */
  code: number | null = null;

  constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.once('close', (code) => ((this.hasEnded = true), (this.code = code)));
  }

  get url(): string | null {
    return /Turnpike runs at (\S+)/.exec(this.output)?.[1] ?? null;
  }

  get sandboxUrl(): string | null {
    return /(http:\S+) +the Sandbox/.exec(this.output)?.[1] ?? null;
  }

  /** The launcher's own process, under npm and its shell. */
  get launcherPid(): number {
    return Number.parseInt(readFileSync(join(this.folder, 'owner'), 'utf8'), 10);
  }

  get npmPid(): number {
    if (this.child.pid === undefined) throw new Error('npm did not start.');
    return this.child.pid;
  }

  /** As Ctrl-C in a terminal does it: to every process of the group. */
  async controlC(): Promise<void> {
    process.kill(-this.npmPid, 'SIGINT');
    await this.ended();
  }

  async kill(): Promise<void> {
    process.kill(-this.npmPid, 'SIGKILL');
    await this.ended();
  }

  /** Until npm and everything that holds its output have ended. */
  async ended(): Promise<void> {
    await this.until(() => this.hasEnded, 60_000);
  }

  async until(isSo: () => boolean, ms: number): Promise<void> {
    for (const end = Date.now() + ms; !isSo(); await delay(20)) {
      if (Date.now() > end) throw new Error(`It did not come to that within ${ms / 1000} s. It said:\n${this.output}`);
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A dead process that nobody has asked for keeps its number.
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export async function runToEnd(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, [...words], { cwd: CHECKOUT, env: { ...surroundings(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = await once(child, 'close');
  return { code, output };
}

/** Ours without what a test run or a developer's own settings would change. An empty word keeps a `.env` from filling it in. */
function surroundings(): Record<string, string | undefined> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|TEST_|NODE_OPTIONS$|JEST_)/i.test(name)));
  return { ...own, DATABASE_URL: '', KAFKA_BROKERS: '', DECLARATION: '', HOST: '', PORT: '', LOG_LEVEL: '', CI: process.env['CI'] };
}
