import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** What the story reads of an answer about access. */
export interface Access {
  readonly level: string;
  readonly reason: string;
  readonly validUntil: string | null;
  readonly customerId: string;
}

export interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly recipient: string | null;
}

export interface Connection {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly statusReason: string | null;
  readonly ingestMode: string;
  readonly endpoint: object | null;
}

/** Turnpike said no, in its own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    what: string,
    detail: string,
  ) {
    super(`${what} was answered ${status}: ${detail}`);
  }
}

const ASK_MS = 30_000;
const AGAIN_MS = 250;

/**
 * Turnpike as anybody sees it: its public routes, with an API key. What cannot be answered just now (503, no answer at all) is asked again
 * as it was, with the same idempotency key.
 */
export class TurnpikeClient {
  constructor(
    private readonly url: string,
    private readonly apiKey: string,
    /** For how long one question is asked again. */
    private readonly patienceMs: number,
  ) {}

  connections(): Promise<{ data: Connection[] }> {
    return this.ask('GET', '/v1/connections?limit=100');
  }

  connection(id: string): Promise<Connection> {
    return this.ask('GET', `/v1/connections/${id}`);
  }

  connect(keys: { publishableKey: string; secretKey: string; name: string }): Promise<Connection> {
    return this.ask('POST', '/v1/connections', keys);
  }

  applyCatalog(catalog: object): Promise<object> {
    return this.ask('PUT', '/v1/catalog', catalog);
  }

  /** Null for a customer that is not known. */
  async access(customer: string): Promise<Access | null> {
    try {
      return await this.ask<Access>('GET', `/v1/entitlements/${encodeURIComponent(customer)}`);
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return null;
      throw error;
    }
  }

  may(customer: string, feature: string): Promise<{ hasAccess: boolean; value: unknown }> {
    return this.ask('GET', `/v1/entitlements/${encodeURIComponent(customer)}/${feature}`);
  }

  /** Newest first. */
  mailbox(customerId: string): Promise<{ data: Mail[] }> {
    return this.ask('GET', `/v1/mailbox?limit=100&customer=${customerId}`);
  }

  private async ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const idempotencyKey = randomUUID();
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      const answer = await this.send(method, path, idempotencyKey, body).catch((error: unknown) => {
        if (performance.now() > deadline) throw error;
        return null;
      });
      if (answer?.isOk) return JSON.parse(answer.text);
      // 409 for a question that has not been answered before means that it is still being worked on.
      const isComing = answer === null || answer.status === 503 || codeOf(answer.text) === 'idempotency_key_in_use';
      if (!isComing || performance.now() > deadline)
        throw new Refused(answer?.status ?? 0, `${method} ${path}`, detailOf(answer?.text ?? ''));
      await delay(AGAIN_MS);
    }
  }

  private async send(
    method: string,
    path: string,
    idempotencyKey: string,
    body?: object,
  ): Promise<{ isOk: boolean; status: number; text: string }> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(method === 'POST' ? { 'idempotency-key': idempotencyKey } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(ASK_MS),
    });
    return { isOk: response.ok, status: response.status, text: await response.text() };
  }
}

function codeOf(text: string): string | null {
  return wordIn(text, 'code');
}

function detailOf(text: string): string {
  return wordIn(text, 'detail') ?? text.slice(0, 300);
}

function wordIn(text: string, name: string): string | null {
  try {
    const problem: unknown = JSON.parse(text);
    const word: unknown =
      typeof problem === 'object' && problem !== null ? Object.entries(problem).find(([key]) => key === name)?.[1] : null;
    return typeof word === 'string' ? word : null;
  } catch {
    return null; // Not a problem of Turnpike's, then: its words are all there is.
  }
}
