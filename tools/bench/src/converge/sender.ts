import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const CONNECTIONS = 48;
/** Stripe's pauses between attempts are minutes and hours; here a killed service is back in seconds. */
const PAUSES_MS = [250, 500, 1_000, 2_000];

export interface SenderOptions {
  /** Where an account's events go; asked before each attempt, since a service that comes back may listen elsewhere. */
  readonly urlOf: (account: number) => string;
  readonly secret: string;
  /** Then it is given up, as Stripe does after three days. */
  readonly mostAttempts: number;
}

/** Delivers events as Stripe does: signed, many at a time, again and again until they are answered 2xx. */
export class Sender {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  private readonly queue: (() => Promise<void>)[] = [];
  private running = 0;
  private isStopped = false;
  givenUp = 0;
  /** Attempts that failed, by what they were answered. */
  readonly failures = new Map<string, number>();

  constructor(private readonly options: SenderOptions) {}

  /** Deliveries that are not done yet. */
  get waiting(): number {
    return this.queue.length + this.running;
  }

  /** @param body made when it is sent: what waits is cheap */
  send(account: number, body: () => string): void {
    this.queue.push(() => this.deliver(account, body()));
    this.runNext();
  }

  stop(): void {
    this.isStopped = true;
    this.queue.length = 0;
    this.agent.destroy();
  }

  private runNext(): void {
    const next = this.running < CONNECTIONS ? this.queue.shift() : undefined;
    if (!next) return;
    this.running += 1;
    void next().finally(() => {
      this.running -= 1;
      this.runNext();
    });
  }

  private async deliver(account: number, body: string): Promise<void> {
    for (let attempt = 0; attempt < this.options.mostAttempts && !this.isStopped; attempt += 1) {
      const answer = await this.attempt(account, body);
      if (answer === 'done') return;
      this.failures.set(answer, (this.failures.get(answer) ?? 0) + 1);
      await delay(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]);
    }
    this.givenUp += 1;
  }

  /** Never rejects. */
  private attempt(account: number, body: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', this.options.secret).update(`${now}.${body}`).digest('hex');
    return new Promise((resolve) => {
      const asked = request(
        this.options.urlOf(account),
        {
          method: 'POST',
          agent: this.agent,
          timeout: 30_000,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'content-length': Buffer.byteLength(body),
            'stripe-signature': `t=${now},v1=${signature}`,
          },
        },
        (response) => {
          const status = response.statusCode ?? 0;
          response.resume();
          response.once('end', () => resolve(status >= 200 && status < 300 ? 'done' : String(status)));
          response.once('error', () => resolve('broken off'));
        },
      );
      asked.once('timeout', () => asked.destroy(new Error('silent')));
      asked.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      asked.end(body);
    });
  }
}
