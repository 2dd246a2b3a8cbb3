/** Stripe and the asking product in one: sends moves at their times, and asks for some of them until they are seen. */
import { createHmac } from 'node:crypto';
import { answer, settings } from '../answer.js';
import { API_KEY } from '../check/access-facts.js';
import { HttpLines } from '../http-lines.js';
import { customerCreated } from '../ingest/bodies.js';
import { openLoop } from '../open-loop.js';
import { percentileOf } from '../statistics.js';
import { customerName, FEATURE, moveEvent, seatsAt, shows } from './moving-plans.js';

/** Where a contender takes webhooks, and where it answers `/<customer>/<feature>` below. */
export interface Doors {
  readonly webhooks: string;
  readonly checks: string;
}

export interface LoadSettings {
  readonly secret: string;
  readonly subscriptions: number;
}

export interface Stretch {
  readonly doors: Doors;
  /** What the check API calls each customer. */
  readonly names: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Seen {
  readonly events: number;
  /** Milliseconds from the answer to a webhook until the check API answers what it told. */
  readonly waits: number[];
  /** Of the webhooks' answers. */
  readonly acceptedP99: number;
}

/** One event in so many is waited for: each asks every few milliseconds, and asking costs, too. */
const ONE_IN = 25;
const ASK_AGAIN_MS = 2;
/** Who waits long asks less often: those that are behind are not held up by those that ask where they are. */
const ASK_AGAIN_SHARE = 0.05;
const PATIENCE_MS = 120_000;
const given = settings<LoadSettings>();
/** Of each contender: how often each subscription has moved, and when it began. */
const standings = new Map<string, { move: number; at: number; begin: number }>();

answer({
  /** Customers first, then their subscriptions, a few at a time. */
  async create({ doors, what }: { doors: Doors; what: 'customers' | 'subscriptions' }): Promise<void> {
    const lines = new HttpLines(new URL(doors.webhooks));
    const begin = Math.floor(Date.now() / 1000);
    if (what === 'subscriptions') standings.set(doors.webhooks, { move: 0, at: 0, begin });
    let next = 0;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (next < given.subscriptions) {
          const at = next++;
          await lines.ask(signed(doors, what === 'customers' ? customerCreated(customerName(at), begin) : moveEvent(at, 0, begin)));
        }
      }),
    );
    lines.close();
  },
  async run({ doors, names, perSecond, seconds }: Stretch): Promise<Seen> {
    const standing = standings.get(doors.webhooks);
    if (!standing) throw new Error('Create the subscriptions first.');
    const [webhooks, checks] = [new HttpLines(new URL(doors.webhooks)), new HttpLines(new URL(doors.checks))];
    const waits: number[] = [];
    const accepted: number[] = [];
    const waiting: Promise<void>[] = [];
    await openLoop({ perSecond, seconds }, async (count) => {
      const { at, begin } = standing;
      const move = at === 0 ? ++standing.move : standing.move;
      standing.at = (at + 1) % given.subscriptions;
      const sentAt = performance.now();
      await webhooks.ask(signed(doors, moveEvent(at, move, begin)));
      const acceptedAt = performance.now();
      accepted.push(acceptedAt - sentAt);
      if (count % ONE_IN !== 0) return;
      const wait = seen(checks, doors, names[at] ?? '', (seats) => shows(seats, move)).then((when) => void waits.push(when - acceptedAt));
      wait.catch(() => undefined); // it is heard below
      waiting.push(wait);
    });
    await Promise.all(waiting);
    // Everybody in the end, not only those that were waited for.
    for (const [at, name] of names.entries())
      await seen(
        checks,
        doors,
        name,
        (seats) => seats === seatsAt(at < standing.at || standing.at === 0 ? standing.move : standing.move - 1),
      );
    webhooks.close();
    checks.close();
    return { events: accepted.length, waits, acceptedP99: percentileOf(accepted, 0.99) };
  },
});

/** @returns when it was answered */
async function seen(lines: HttpLines, { checks }: Doors, name: string, isSeen: (seats: unknown) => boolean): Promise<number> {
  const url = new URL(checks);
  const request = Buffer.from(
    `GET ${url.pathname}/${name}/${FEATURE} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${API_KEY}\r\n\r\n`,
  );
  const begun = performance.now();
  for (;;) {
    const answered = await lines.ask(request);
    const now = performance.now();
    const { value }: { value: unknown } = JSON.parse(answered.slice(answered.indexOf('\r\n\r\n') + 4));
    if (isSeen(value)) return now;
    const waited = now - begun;
    if (waited > PATIENCE_MS) throw new Error(`${name} still has ${String(value)} seats after ${PATIENCE_MS / 1000} s, and has moved.`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(ASK_AGAIN_MS, waited * ASK_AGAIN_SHARE)));
  }
}

function signed({ webhooks }: Doors, body: string): Buffer {
  const url = new URL(webhooks);
  const now = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', given.secret).update(`${now}.${body}`).digest('hex');
  return Buffer.from(
    [
      `POST ${url.pathname} HTTP/1.1`,
      `Host: ${url.host}`,
      'Content-Type: application/json; charset=utf-8',
      `Stripe-Signature: t=${now},v1=${signature}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
