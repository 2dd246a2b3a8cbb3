import type { Environment } from '@turnpike/contracts-events';
import { ServiceConfig } from '@turnpike/service';
import { refusalOfAddress } from '@turnpike/stripe';
import { z } from 'zod';

const EncryptionKey = z
  .string()
  .refine((text) => /^[A-Za-z0-9+/]{43}=$/.test(text), { message: 'is not the base64 of 32 bytes' })
  .transform((text) => Buffer.from(text, 'base64'));

/** Stripe sends to it, so it is an origin: paths are ours. */
const Origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).pathname === '/' && new URL(text).search === '', { message: 'must be an address without a path' })
  .transform((text) => new URL(text).origin);

const LIMITS: Readonly<Record<Environment, number>> = { live: 100, test: 25, sandbox: 100 };

/** `live=100,test=25`: environments and whole numbers. */
const Rates = z
  .string()
  .default('')
  .transform((list) => list.split(',').filter((pair) => pair.trim() !== ''))
  .pipe(
    z.array(
      z
        .string()
        .regex(/^\s*(live|test|sandbox)=[1-9]\d{0,3}\s*$/, {
          message: 'must be like live=100,test=25: live, test or sandbox, and 1 to 9999',
        })
        .transform((pair) => pair.trim().split('=')),
    ),
  )
  .transform((pairs): Readonly<Record<Environment, number>> => ({
    ...LIMITS,
    ...Object.fromEntries(pairs.map(([environment, rate]) => [environment, Number(rate)])),
  }));

/** What `connections` reads from its environment, beside what every service has. */
export const Config = ServiceConfig.extend({
  /** Read at each start: what is new in it is made, what is no longer in it is removed. Not set: nothing is declared, and nothing changes. */
  DECLARATION: z.string().optional().describe('the file that declares organizations, API key hashes and connections (docs/declaration.md)'),
  /** The keys of all data keys. Lost, no stored secret can be read: every connection needs its keys again. */
  SECRETS_KEY: EncryptionKey.describe('base64 of 32 random bytes: every stored secret hangs on it; `openssl rand -base64 32` makes one'),
  /** Set the old key here when a new one takes its place; data keys are wrapped anew when they are next used to write. */
  SECRETS_KEY_BEFORE: EncryptionKey.optional().describe('the SECRETS_KEY before this one'),
  /** Without it a connection of the environment `sandbox` cannot be made. Stripe itself is refused here: sandbox keys never reach it. */
  STRIPE_SANDBOX_URL: z
    .url()
    .refine((url) => refusalOfAddress('sandbox', url) === null, { message: 'must be an address on this machine or in its private network' })
    .optional()
    .describe('where the Sandbox answers, for the environment sandbox'),
  /** Without it Stripe's events are polled. Live mode takes https only. */
  PUBLIC_URL: Origin.optional().describe('where Stripe reaches this installation, for the environments test and live'),
  /** Without it the Sandbox's events are polled. */
  SELF_URL: Origin.optional().describe('where the Sandbox reaches this installation'),
  /** What all processes together ask one Stripe account in a second. Lower it where other software uses the same account. */
  STRIPE_RATES: Rates.describe('requests a second to one Stripe account, as live=100,test=25,sandbox=100'),
});
export type Config = z.infer<typeof Config>;
