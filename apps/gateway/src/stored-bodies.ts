import type { Environment } from '@turnpike/contracts-events';
import type { Log } from '@turnpike/service';
import { readStripeEvent } from '@turnpike/stripe';
import { type BodyCipher, BodyUnreadable } from './body-cipher.js';
import type { Delivery } from './stripe-events.service.js';

/** A body as it was kept, with where it lies. */
export interface StoredBody extends Record<string, unknown> {
  connection_id: string;
  /** The day it came, UTC. */
  received_on: string;
  event_id: string;
  /** RFC 3339. */
  received_at: string;
  key_id: string;
  body: Buffer;
}

/** Opens stored bodies: an event is announced again exactly as it came. */
export class StoredBodies {
  constructor(
    private readonly cipher: BodyCipher,
    private readonly log: Log,
  ) {}

  /** Null for a body that cannot be read any more: it is told, and the caller goes on without it. */
  deliveryOf(stored: StoredBody, organization: string, environment: Environment): Delivery | null {
    const connection = { id: stored.connection_id, organization, environment, livemode: environment === 'live' };
    const place = {
      organization,
      environment,
      connectionId: stored.connection_id,
      eventId: stored.event_id,
      receivedOn: stored.received_on,
    };
    try {
      const body = this.cipher.open(place, { keyId: stored.key_id, sealed: stored.body });
      const reading = readStripeEvent(body);
      if (reading.ok) return { connection, event: reading.event, body, receivedAt: new Date(stored.received_at) };
      this.log.error('gateway.body.unreadable', { connectionId: connection.id, eventId: stored.event_id, code: reading.because });
    } catch (error) {
      if (!(error instanceof BodyUnreadable)) throw error;
      this.log.error('gateway.body.unreadable', {
        connectionId: connection.id,
        eventId: stored.event_id,
        code: error.code,
        reason: error.message,
      });
    }
    return null;
  }
}
