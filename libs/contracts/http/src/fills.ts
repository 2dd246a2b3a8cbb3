import { z } from 'zod';
import { Id, Instant, Limit } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';

/**
 * A walk through Stripe's list of one kind of objects on one connection. A `fill` reads everything there is, because events did not tell of
 * it; a `comparison` reads it slowly, to find what no event told.
 */
export const FillResponse = z
  .looseObject({
    id: Id,
    connectionId: Id,
    /** Stripe's word for what is listed: `customer`, `invoice`. */
    kind: z.string(),
    purpose: z.enum(['fill', 'comparison']),
    /** A new connection; history that no event will tell; a person; its time has come. */
    because: z.enum(['connection', 'history', 'person', 'schedule']),
    /** `checking`: the list is read, and what was not in it is put in doubt. `replaced`: a fill took the place of a comparison. */
    state: z.enum(['waiting', 'walking', 'checking', 'finished', 'failed', 'replaced']),
    requestedAt: Instant,
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    /** Objects that the list has shown so far. */
    found: z.int().nonnegative(),
    /** Of these, new ones and changed ones whose state was taken from the list. */
    taken: z.int().nonnegative(),
    /** Of these, those that differed and are looked up one by one. A comparison looks up all that differ. */
    doubted: z.int().nonnegative(),
    /** Objects that we hold and the list did not show: they are looked up, since they may be gone. */
    missing: z.int().nonnegative(),
    /** Objects a second since it started; null before. */
    perSecond: z.number().nonnegative().nullable(),
    /** How many there are. Stripe does not say, so it is null until the list is read. */
    total: z.int().nonnegative().nullable(),
    /** Null wherever it would be a guess: as long as `total` is. */
    etaSeconds: z.int().nonnegative().nullable(),
    /** Why it failed; or, while it is under way, what it waits for before it is tried again. */
    failure: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'FillResponse' });
export type FillResponse = z.output<typeof FillResponse>;

/** `POST /v1/customer_fills`, `/v1/payment_fills`, `/v1/catalog_fills`: everything is read again from Stripe. */
export const FillsCreateRequest = z
  .object({
    connectionId: Id,
    /** Not given: all kinds that the service mirrors. */
    kinds: z.array(z.string().min(1).max(64)).min(1).max(20).optional(),
  })
  .meta({ id: 'FillsCreateRequest' });
export type FillsCreateRequest = z.output<typeof FillsCreateRequest>;

/** One fill for each kind: a new one, or the one that is under way. */
export const FillsCreateResponse = z.looseObject({ data: z.array(FillResponse) }).meta({ id: 'FillsCreateResponse' });
export type FillsCreateResponse = z.output<typeof FillsCreateResponse>;

/** `GET /v1/customer_fills` and the others: fills and comparisons, newest first. */
export const FillsListRequest = z
  .object({
    limit: Limit,
    starting_after: Id.optional(),
    ending_before: Id.optional(),
    connection_id: Id.optional(),
    kind: z.string().max(64).optional(),
    purpose: z.enum(['fill', 'comparison']).optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'FillsListRequest' });
export type FillsListRequest = z.output<typeof FillsListRequest>;

export const FillsListResponse = listOf(FillResponse).meta({ id: 'FillsListResponse' });
export type FillsListResponse = z.output<typeof FillsListResponse>;
