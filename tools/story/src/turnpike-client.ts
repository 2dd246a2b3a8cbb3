import { randomUUID } from 'node:crypto';

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

/** Turnpike as anybody sees it: its public routes, with an API key. */
export class TurnpikeClient {
  constructor(
    private readonly url: string,
    private readonly apiKey: string,
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
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(ASK_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Refused(response.status, `${method} ${path}`, detailOf(text));
    return JSON.parse(text);
  }
}

function detailOf(text: string): string {
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) return String(problem.detail);
  } catch {
    // Not a problem of Turnpike's, then: its words are all there is.
  }
  return text.slice(0, 300);
}
