import type { Log } from '@turnpike/service';
import { ConnectionUnknown, type ConnectionsDoor } from '@turnpike/stripe';
import type { ConnectionRow, KnownConnections } from './known-connections.service.js';
import type { ReceivingConnection } from './stripe-events.service.js';

/** A connection as a delivery meets it. */
export interface AddressedConnection extends ReceivingConnection {
  /** Newest first. */
  readonly webhookSecrets: readonly string[];
}

interface Held {
  readonly connection: AddressedConnection;
  readonly secretsVersion: number;
  readonly fetchedAt: number;
  until: number;
}

export interface WebhookSecretsParts {
  readonly known: Pick<KnownConnections, 'find'>;
  readonly door: Pick<ConnectionsDoor, 'credentials'>;
  readonly log: Log;
  /** Milliseconds, rising. */
  readonly now?: () => number;
}

/** How long a secret is good without another look at `connections`. */
const REMEMBERED_MS = 60_000;
/** While `connections` is away it is asked so often, and old secrets are used meanwhile. */
const WITHOUT_CONNECTIONS_MS = 5_000;
/** A delivery that does not verify makes us look again, but not for every stranger's. */
const LOOK_AGAIN_MS = 2_000;
const POSSIBLE_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/**
 * Who a delivery's address belongs to, with the secrets to verify it: fetched by reference and kept in memory for a minute (architecture
 * rule 9). While `connections` is away the last ones are used on, so that no delivery is refused because another service is: only what
 * this process has never seen is answered 503, and Stripe sends it again.
 */
export class WebhookSecrets {
  private readonly held = new Map<string, Held>();
  private readonly underWay = new Map<string, Promise<Held | null>>();
  private readonly now: () => number;

  constructor(private readonly parts: WebhookSecretsParts) {
    this.now = parts.now ?? (() => performance.now());
  }

  /** What is known without asking anybody; null: ask with `find`. */
  fresh(id: string): AddressedConnection | null {
    const held = this.held.get(id);
    return held && held.until > this.now() ? held.connection : null;
  }

  /** @returns null when nobody has this address @throws Unavailable when neither memory nor `connections` can say */
  async find(id: string): Promise<AddressedConnection | null> {
    return this.fresh(id) ?? (await this.look(id))?.connection ?? null;
  }

  /** Looks again for a delivery that did not verify. @returns null when there is nothing newer */
  async renewed(id: string): Promise<AddressedConnection | null> {
    const before = this.held.get(id);
    if (!before || this.now() - before.fetchedAt < LOOK_AGAIN_MS) return null;
    const after = await this.look(id);
    return after && after.fetchedAt > before.fetchedAt && after.secretsVersion !== before.secretsVersion ? after.connection : null;
  }

  /** What was told of a connection makes what is held of it old. */
  expire(id: string): void {
    const held = this.held.get(id);
    if (held) held.until = -Infinity;
  }

  private look(id: string): Promise<Held | null> {
    const asked = this.underWay.get(id);
    if (asked) return asked;
    const asking = this.fetch(id).finally(() => this.underWay.delete(id));
    this.underWay.set(id, asking);
    return asking;
  }

  private async fetch(id: string): Promise<Held | null> {
    const row = POSSIBLE_ID.test(id) ? await this.parts.known.find(id) : null;
    if (!row || row.status === 'removing' || row.status === 'removed') {
      this.held.delete(id);
      return null;
    }
    try {
      const { webhookSecrets, secretsVersion } = await this.parts.door.credentials(row, id);
      const now = this.now();
      const held = { connection: addressed(row, webhookSecrets), secretsVersion, fetchedAt: now, until: now + REMEMBERED_MS };
      this.held.set(id, held);
      return held;
    } catch (error) {
      return this.withoutConnections(id, error);
    }
  }

  private withoutConnections(id: string, error: unknown): Held | null {
    const held = this.held.get(id);
    if (error instanceof ConnectionUnknown) {
      this.held.delete(id);
      return null;
    }
    if (!held) throw error;
    held.until = this.now() + WITHOUT_CONNECTIONS_MS;
    this.parts.log.warn('webhook.secrets-not-renewed', {
      connectionId: id,
      willRetry: true,
      error: error instanceof Error ? error : new Error(String(error)),
    });
    return held;
  }
}

function addressed({ id, organization, environment, livemode }: ConnectionRow, webhookSecrets: readonly string[]): AddressedConnection {
  return { id, organization, environment, livemode, webhookSecrets };
}
