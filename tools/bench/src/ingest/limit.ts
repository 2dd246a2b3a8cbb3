/** What the machine can do: the same route, the signature verified, and one bare multi-row INSERT and its commit for each batch. */
import { openPool } from '@turnpike/service';
import { verifySignature } from '@turnpike/stripe';
import { answer, settings } from '../answer.js';
import { listen } from './route.js';

export interface LimitSettings {
  readonly databaseUrl: string;
  readonly secret: string;
}

/** As the gateway batches: nothing waits when nothing runs, and at most two transactions run. */
const MOST_PER_BATCH = 64;
const MOST_AT_ONCE = 2;

interface Waiting {
  readonly id: string;
  readonly body: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const given = settings<LimitSettings>();
const pool = openPool({ url: given.databaseUrl, name: 'limit', size: MOST_AT_ONCE, onError: () => undefined });
const waiting: Waiting[] = [];
let running = 0;
let isScheduled = false;

answer({
  async start(): Promise<string> {
    await pool.query('create table event (id text primary key, received_at timestamptz not null default now(), body bytea not null)');
    return listen(store);
  },
});

async function store(body: Buffer, header: string | undefined): Promise<void> {
  const verdict = verifySignature({ header, body, secrets: [given.secret], now: Math.floor(Date.now() / 1000) });
  if (!verdict.ok) throw new Error(`The signature: ${verdict.because}`);
  const { id }: { id: string } = JSON.parse(body.toString());
  await new Promise<void>((resolve, reject) => {
    waiting.push({ id, body, resolve, reject });
    schedule();
  });
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    while (waiting.length > 0 && running < MOST_AT_ONCE) void insert(waiting.splice(0, MOST_PER_BATCH));
  });
}

async function insert(batch: readonly Waiting[]): Promise<void> {
  running++;
  try {
    const rows = batch.map((_, at) => `($${2 * at + 1}, $${2 * at + 2})`).join(', ');
    await pool.query({
      // Planned once for each size of batch.
      name: `insert ${batch.length}`,
      text: `insert into event (id, body) values ${rows} on conflict do nothing`,
      values: batch.flatMap(({ id, body }) => [id, body]),
    });
    for (const { resolve } of batch) resolve();
  } catch (error) {
    for (const { reject } of batch) reject(error);
  } finally {
    running--;
    schedule();
  }
}
