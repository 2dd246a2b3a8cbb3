import { channel } from 'node:diagnostics_channel';

/**
 * Named moments of the road at which a process may die without loss. Production code publishes them and hears nothing; tests subscribe
 * and kill themselves there (road, "Settled" 8).
 */
export const killPoints = {
  /** The rows of a transaction are written, nothing is committed. */
  inserted: channel('turnpike:inserted'),
  /** Right before COMMIT. */
  committing: channel('turnpike:committing'),
  /** A reader's batch is committed, its offset is not. */
  committed: channel('turnpike:committed'),
  /** One organization's part of a batch is committed, another's still to come. */
  betweenOrganizations: channel('turnpike:between-organizations'),
  /** The log has acknowledged a page, the relay's book does not know it. */
  sent: channel('turnpike:sent'),
  /** A page of a window is sent and booked, more pages follow. */
  betweenPages: channel('turnpike:between-pages'),
  /** A leader is about to send a page: a test holds it here until its lock is lost. */
  sending: channel('turnpike:sending'),
} as const;
