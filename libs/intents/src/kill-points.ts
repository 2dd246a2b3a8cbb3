import { channel } from 'node:diagnostics_channel';

/** Named moments at which a process may die without loss; only tests hear them (road, "Settled" 8). */
export const killPoints = {
  /** It is saved that the request goes out; it has not gone. */
  sent: channel('turnpike:intent-sent'),
  /** Stripe has answered, nothing is written. */
  answered: channel('turnpike:intent-answered'),
} as const;
