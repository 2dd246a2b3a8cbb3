import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { customerCreated } from '../ingest/bodies.js';

const ANSWER_MS = 15_000;
const TRY_AGAIN_MS = 200;

/** One request and what became of it. */
export interface Attempt {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly ms: number;
  /** 0: no answer. */
  readonly status: number;
  readonly isFirst: boolean;
}

export interface Line {
  readonly secret: string;
  /** Paths of the addresses that take turns. */
  readonly paths: readonly string[];
  /** Begins every id. */
  readonly name: string;
}

/** Plays Stripe: sends events at a steady rate, whatever becomes of them, and each again until it is answered with 2xx. */
export class Deliveries {
  /** Event ids that were answered with 2xx, and when. */
  readonly accepted = new Map<string, number>();
  readonly attempts: Attempt[] = [];
  sent = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private readonly underWay = new Set<Promise<void>>();
  private turn = 0;
  private isOver = false;
  private ticking: Promise<void> = Promise.resolve();
  private isTicking = false;

  /** @param targets who takes deliveries at this moment: none may be up */
  constructor(
    private readonly line: Line,
    private readonly targets: () => readonly string[],
  ) {}

  /** Begins to send; a steady rate does not wait for answers. */
  start(perSecond: number): void {
    this.isTicking = true;
    this.ticking = (async () => {
      const begun = performance.now();
      for (let index = 0; this.isTicking; index++) {
        const wait = begun + (index * 1000) / perSecond - performance.now();
        if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
        this.follow(this.deliver(this.nextId()));
      }
    })();
  }

  /** Sends no new event. */
  async pause(): Promise<void> {
    this.isTicking = false;
    await this.ticking;
  }

  /** So many more, so many at a time. */
  async sendAll(events: number, atOnce: number): Promise<void> {
    let left = events;
    const lane = async () => {
      while (left-- > 0 && !this.isOver) await this.deliver(this.nextId());
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  /** So many events of one customer: one after the other on the same partition. */
  async sendOfOne(customer: string, events: number): Promise<void> {
    const created = Math.floor(Date.now() / 1000);
    const body = customerCreated(customer, created);
    const sameLane = this.turn - (this.turn % this.line.paths.length);
    for (let event = 0; event < events; event++) {
      this.turn = sameLane;
      await this.deliver(`${customer}E${event}`, body.replace(`"evt_${customer}"`, `"evt_${customer}E${event}"`));
    }
  }

  /** Pauses, and waits until each event has got its 2xx. @throws when some have not after so many milliseconds */
  async finish(withinMs = 60_000): Promise<void> {
    await this.pause();
    const end = Date.now() + withinMs;
    while (this.underWay.size > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    const open = this.underWay.size;
    this.isOver = true;
    this.agent.destroy();
    await Promise.all(this.underWay);
    if (open > 0) throw new Error(`${open} of ${this.sent} events were never answered with 2xx.`);
  }

  get waiting(): number {
    return this.underWay.size;
  }

  private nextId(): string {
    return `${this.line.name}N${this.sent++}`;
  }

  private follow(work: Promise<void>): void {
    this.underWay.add(work);
    void work.finally(() => this.underWay.delete(work));
  }

  private async deliver(id: string, body = customerCreated(id, Math.floor(Date.now() / 1000))): Promise<void> {
    const path = this.line.paths[this.turn % this.line.paths.length] ?? '/';
    for (let isFirst = true; !this.isOver; isFirst = false) {
      const targets = this.targets();
      const target = targets[this.turn++ % Math.max(1, targets.length)];
      const at = Date.now();
      const begun = performance.now();
      const status = target === undefined ? 0 : await this.post(new URL(path, target), body);
      this.attempts.push({ at, ms: performance.now() - begun, status, isFirst });
      if (status >= 200 && status < 300) {
        this.accepted.set(`evt_${id}`, Date.now());
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }

  private post(url: URL, body: string): Promise<number> {
    const now = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', this.line.secret).update(`${now}.${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'stripe-signature': `t=${now},v1=${signature}`,
    };
    return new Promise((resolve) => {
      const sending = request(url, { method: 'POST', headers, agent: this.agent, timeout: ANSWER_MS }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0)).once('error', () => resolve(0));
        response.once('close', () => resolve(0));
      });
      sending.once('timeout', () => sending.destroy(new Error('No answer.')));
      sending.once('error', () => resolve(0));
      sending.end(body);
    });
  }
}

/** Of first attempts between two moments (epoch milliseconds): the share that was answered with 2xx, and the milliseconds it took. */
export function firstAnswers(attempts: readonly Attempt[], from: number, to: number): { share: number; ms: number[]; count: number } {
  const firsts = attempts.filter(({ isFirst, at }) => isFirst && at >= from && at < to);
  const good = firsts.filter(({ status }) => status >= 200 && status < 300);
  return { share: firsts.length === 0 ? Number.NaN : good.length / firsts.length, ms: good.map(({ ms }) => ms), count: firsts.length };
}
