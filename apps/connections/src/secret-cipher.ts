import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { DomainError } from '@turnpike/service';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;

/** A stored secret does not open: it was changed, moved from where it belongs, or wrapped under a key that is not configured. */
export class SecretUnreadable extends DomainError {
  readonly kind = 'unavailable';
  readonly code = 'secret_unreadable';
}

/** Where a sealed text stands. All of it is bound to it: a row copied to another organization, connection or table does not open. */
export interface Place {
  readonly organization: string;
  readonly environment: string;
  readonly table: 'data_key' | 'connection_secret';
  readonly row: string;
  /** Of the data key. */
  readonly version: number;
}

/** AES-256-GCM. @returns nonce (12 bytes), ciphertext, tag (16 bytes) */
export function seal(key: Buffer, place: Place, text: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(place));
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

/** @throws SecretUnreadable */
export function open(key: Buffer, place: Place, sealed: Buffer): Buffer {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(place));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
  } catch {
    // Without its cause: nothing of what was tried belongs into a log.
    throw new SecretUnreadable(`The stored ${place.table} ${place.row} does not open: it was changed, or moved from where it belongs.`);
  }
}

/** The installation's keys that wrap data keys: the one in use, and the one before it while something hangs on that. */
export class KeyRing {
  private readonly keys: ReadonlyMap<string, Buffer>;
  /** Names the key in use without telling it. */
  readonly current: string;

  constructor(key: Buffer, before?: Buffer) {
    this.current = nameOf(key);
    this.keys = new Map([...(before ? [[nameOf(before), before] as const] : []), [this.current, key] as const]);
  }

  wrap(place: Place, dataKey: Buffer): Buffer {
    return seal(this.keyCalled(this.current), place, dataKey);
  }

  /** @throws SecretUnreadable */
  unwrap(place: Place, wrappedBy: string, wrapped: Buffer): Buffer {
    return open(this.keyCalled(wrappedBy), place, wrapped);
  }

  private keyCalled(name: string): Buffer {
    const key = this.keys.get(name);
    if (key) return key;
    throw new SecretUnreadable(`Secrets were encrypted under another SECRETS_KEY (${name}). Set that one as SECRETS_KEY_BEFORE.`);
  }
}

function nameOf(key: Buffer): string {
  return createHash('sha256').update('turnpike key id|').update(key).digest('hex').slice(0, 12);
}

/** Ids of organizations and rows have no `|`. */
function boundTo({ organization, environment, table, row, version }: Place): Buffer {
  return Buffer.from(`${organization}|${environment}|${table}|${row}|${version}`);
}
