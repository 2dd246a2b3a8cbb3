import { channel } from 'node:diagnostics_channel';

/** Named moments at which a process may die without loss; only tests hear them (road, "Settled" 8). */
export const killPoints = {
  /** Stripe has answered, nothing is written. */
  fetched: channel('turnpike:fetched'),
} as const;
