import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, type KeyObject, randomFillSync } from 'node:crypto';
import { DomainError } from '@turnpike/service';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Of every environment in use, today's and yesterday's; a run over 30 days derives its own as it goes. */
const MOST_KEYS = 1_024;
const NONCES_AT_ONCE = 256;

/** Whose body it is. All of it is bound to the ciphertext: a row copied to another organization, connection or event does not open. */
export interface BodyPlace {
  readonly organization: string;
  readonly environment: string;
  readonly connectionId: string;
  readonly eventId: string;
  /** UTC, `2026-11-21`. */
  readonly receivedOn: string;
}

export interface SealedBody {
  readonly keyId: string;
  /** Nonce (12 bytes), ciphertext, tag (16 bytes). */
  readonly sealed: Buffer;
}

/** A stored body was encrypted under a master key that is not configured any more, or has been tampered with. */
export class BodyUnreadable extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'body_unreadable';
}

/**
 * AES-256-GCM with a key of each environment and day, derived from the installation's master key by HKDF (RFC 5869). By day, so that the
 * random nonces of one key never come near the 2^32 messages that NIST SP 800-38D allows.
 */
export class BodyCipher {
  private readonly masters: ReadonlyMap<string, Buffer>;
  private readonly keyId: string;
  /** As key objects: from plain bytes, one would be made anew for each body, at three times the cost of the encryption. */
  private readonly derived = new Map<string, KeyObject>();
  private readonly nonces = Buffer.alloc(NONCE_BYTES * NONCES_AT_ONCE);
  private noncesUsed = NONCES_AT_ONCE;

  /** @param master 32 bytes @param before the master key before this one, while bodies of its time are kept */
  constructor(master: Buffer, before?: Buffer) {
    this.keyId = keyIdOf(master);
    this.masters = new Map([...(before ? [[keyIdOf(before), before] as const] : []), [this.keyId, master] as const]);
  }

  seal(place: BodyPlace, body: Buffer): SealedBody {
    const nonce = this.nonce();
    const cipher = createCipheriv(ALGORITHM, this.keyOf(this.keyId, place), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(place));
    return { keyId: this.keyId, sealed: Buffer.concat([nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()]) };
  }

  /** @throws BodyUnreadable */
  open(place: BodyPlace, { keyId, sealed }: SealedBody): Buffer {
    try {
      const decipher = createDecipheriv(ALGORITHM, this.keyOf(keyId, place), sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(boundTo(place));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
    } catch (error) {
      if (error instanceof BodyUnreadable) throw error;
      throw new BodyUnreadable(`The stored body of event ${place.eventId} does not open: it was changed, or moved from where it belongs.`, {
        cause: error,
      });
    }
  }

  /** Each is handed out once. The system's source of randomness is asked for many at a time. */
  private nonce(): Buffer {
    if (this.noncesUsed === NONCES_AT_ONCE) {
      randomFillSync(this.nonces);
      this.noncesUsed = 0;
    }
    const start = NONCE_BYTES * this.noncesUsed++;
    return this.nonces.subarray(start, start + NONCE_BYTES);
  }

  private keyOf(keyId: string, place: BodyPlace): KeyObject {
    const whose = `turnpike/stripe-event-body/v1|${place.organization}|${place.environment}|${place.receivedOn}`;
    const known = this.derived.get(keyId + whose);
    if (known) return known;
    const master = this.masters.get(keyId);
    if (!master)
      throw new BodyUnreadable(
        `The stored body of event ${place.eventId} was encrypted under another WEBHOOK_BODY_KEY (${keyId}). Set that one as WEBHOOK_BODY_KEY_BEFORE.`,
      );
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', master, '', whose, 32)));
    if (this.derived.size >= MOST_KEYS) this.derived.clear();
    this.derived.set(keyId + whose, key);
    return key;
  }
}

/** Names a master key without telling it. */
function keyIdOf(master: Buffer): string {
  return createHash('sha256').update('turnpike key id|').update(master).digest('hex').slice(0, 12);
}

/** The event id last: it is the only part that may hold any character. */
function boundTo({ organization, environment, connectionId, receivedOn, eventId }: BodyPlace): Buffer {
  return Buffer.from(`${organization}|${environment}|${connectionId}|${receivedOn}|${eventId}`);
}
