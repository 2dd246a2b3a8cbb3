import { z } from 'zod';

/**
 * For whom a request to Stripe is made: `person` waits for the answer; `writes` carry out what somebody has decided; `sync` looks up what is in
 * doubt and polls; `backfill` reads what was there before us. In this order one goes before the other where the rate is not enough for all.
 */
export const StripeLane = z.enum(['person', 'writes', 'sync', 'backfill']).meta({ id: 'StripeLane' });
export type StripeLane = z.output<typeof StripeLane>;

const PerSecond = z.int().min(0).max(10_000);
/** Requests a second in each lane. */
export const StripeLaneRates = z
  .looseObject({ person: PerSecond, writes: PerSecond, sync: PerSecond, backfill: PerSecond })
  .meta({ id: 'StripeLaneRates' });
export type StripeLaneRates = z.output<typeof StripeLaneRates>;

/**
 * `POST /internal/connections/:id/rate`: a process asks for its share of a Stripe account's rate (architecture rule 16). What it gets takes the
 * place of what it had. It asks about once a second while it needs one, and lets the lease run out when it does not.
 */
export const StripeRateRequest = z
  .object({
    /** Who takes the share: a name that no other process has, new at each start. */
    holder: z.uuid(),
    /** What it could use now. */
    wanted: StripeLaneRates,
    /** Requests that Stripe answered since the last time, and how many of these answers were 429. */
    answered: z.int().min(0),
    refused: z.int().min(0),
  })
  .meta({ id: 'StripeRateRequest' });
export type StripeRateRequest = z.output<typeof StripeRateRequest>;

export const StripeRateResponse = z
  .looseObject({
    granted: StripeLaneRates,
    /** What Stripe allows of it to one endpoint. */
    perEndpoint: z.int().min(1),
    /** How long the share is good for, counted from the moment at which it was asked for. */
    seconds: z.number().positive(),
  })
  .meta({ id: 'StripeRateResponse' });
export type StripeRateResponse = z.output<typeof StripeRateResponse>;
