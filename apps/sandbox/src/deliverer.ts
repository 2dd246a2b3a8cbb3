import type { OpenAccount } from './open-account.js';
import { pretty } from './pretty.js';
import { renderedAt } from './render/rendering.js';
import { attempted, BY_ITSELF, type Delivery, givenUp, type StripeEvent } from './resources/event.js';
import { secretsOf, type WebhookEndpoint } from './resources/webhook-endpoint.js';
import { signatureOf } from './signature.js';
import type { State } from './state.js';

export interface DelivererOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Waits after each failed attempt; when they are used up, the delivery is given up (B1: three retries in a sandbox). */
  readonly retryAfterMs: readonly number[];
  readonly timeoutMs: number;
}

/** Attempts under way to one endpoint at a time. Order among them is not promised, as it is not by Stripe (B4). */
const LANES = 8;

/**
 * Tells endpoints of events. What is to be told stands in the account's state; here is only when: a restart takes up from there, so an
 * endpoint may hear of an event twice (B5).
 */
export class Deliverer {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly waiting = new Map<string, Array<() => Promise<void>>>();
  private readonly running = new Map<string, number>();
  private readonly stopping = new AbortController();

  constructor(private readonly options: DelivererOptions) {}

  /** Sees to a delivery when it is due. */
  take(account: OpenAccount, delivery: Delivery): void {
    if (this.stopping.signal.aborted) return;
    const wait = Math.max(0, delivery.nextAttemptAt - this.options.now());
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.enqueue(delivery.endpoint, () => this.attempt(account, delivery.id));
    }, wait);
    timer.unref();
    this.timers.add(timer);
  }

  stop(): void {
    this.stopping.abort();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.waiting.clear();
  }

  private enqueue(endpoint: string, attempt: () => Promise<void>): void {
    const queue = this.waiting.get(endpoint) ?? [];
    queue.push(attempt);
    this.waiting.set(endpoint, queue);
    this.runNext(endpoint);
  }

  private runNext(endpoint: string): void {
    const busy = this.running.get(endpoint) ?? 0;
    const next = busy < LANES ? this.waiting.get(endpoint)?.shift() : undefined;
    if (next === undefined) return;
    this.running.set(endpoint, busy + 1);
    void next().finally(() => {
      this.running.set(endpoint, (this.running.get(endpoint) ?? 1) - 1);
      this.runNext(endpoint);
    });
    this.runNext(endpoint);
  }

  private async attempt(account: OpenAccount, id: string): Promise<void> {
    const before = due(account.state, id);
    if (before === undefined) return;
    const { delivery, event, endpoint } = before;
    if (endpoint?.status !== 'enabled') {
      account.commit({ state: givenUp(account.state, delivery), events: [] }, BY_ITSELF);
      return;
    }
    const succeeded = await this.send(account.state, event, endpoint);
    if (this.stopping.signal.aborted) return;
    const now = due(account.state, id);
    if (now === undefined) return;
    account.commit(
      { state: attempted(account.state, now.delivery, succeeded, this.options.now(), this.options.retryAfterMs), events: [] },
      BY_ITSELF,
    );
  }

  private async send(state: State, event: StripeEvent, endpoint: WebhookEndpoint): Promise<boolean> {
    const version = endpoint.api_version ?? event.api_version;
    const body = pretty(renderedAt({ ...event, api_version: version }, version, state));
    const at = Math.floor(this.options.now() / 1000);
    try {
      const response = await fetch(endpoint.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'stripe-signature': signatureOf(body, secretsOf(state, endpoint.id, at), at),
        },
        body,
        // B2: a redirect is a failure.
        redirect: 'manual',
        signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(this.options.timeoutMs)]),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }
}

function due(state: State, id: string): { delivery: Delivery; event: StripeEvent; endpoint: WebhookEndpoint | undefined } | undefined {
  const delivery = state.find('sandbox.delivery', id);
  const event = delivery && state.find('event', delivery.event);
  if (delivery?.status !== 'pending' || event === undefined) return undefined;
  return { delivery, event, endpoint: state.find('webhook_endpoint', delivery.endpoint) };
}
