import { createHash, randomBytes } from 'node:crypto';
import type { Environment } from '@turnpike/contracts-events';

const SECRET_BYTES = 32;
/** Of the random characters: enough to tell keys apart, and 232 bits remain unknown. */
const SHOWN_CHARACTERS = 4;

/** A new API key, and what of it is kept. */
export interface NewSecret {
  /** `tk_<environment>_` and 256 random bits in base64url. Shown once, never stored, never logged. */
  readonly key: string;
  readonly sha256: string;
  readonly prefix: string;
}

export function newSecret(environment: Environment): NewSecret {
  const begin = `tk_${environment}_`;
  const key = `${begin}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { key, sha256: createHash('sha256').update(key).digest('hex'), prefix: key.slice(0, begin.length + SHOWN_CHARACTERS) };
}
