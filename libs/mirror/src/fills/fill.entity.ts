import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { ownRowsOnly } from '@turnpike/service';

/**
 * One walk through Stripe's list of one kind of objects on one connection. A `fill` reads all there is as fast as it may, because events did
 * not tell of it; a `comparison` does so slowly, to find what no event told. One of either is under way per connection and kind.
 */
export const Fill = defineEntity({
  name: 'Fill',
  properties: {
    organization: p.text().primary(),
    environment: p.enum(ENVIRONMENTS).primary(),
    /** `fill_` and a UUIDv7. */
    id: p.text().primary(),
    connectionId: p.text(),
    /** The `type` of its kind. */
    objectType: p.text(),
    purpose: p.enum(['fill', 'comparison'] as const),
    because: p.enum(['connection', 'history', 'person', 'schedule'] as const),
    /** `checking`: the list is read, and what was not in it is put in doubt. `replaced`: a fill took the place of a comparison. */
    state: p.enum(['waiting', 'walking', 'checking', 'finished', 'failed', 'replaced'] as const),
    /** Something is missing that it may have walked past already: another follows. */
    isWantedAgain: p.boolean(),
    /** While checking: the id that it has got to. */
    checkedUpTo: p.text(),
    /** Objects in the list; what of them was new or different and taken; what differed and is looked up; what was in no list. Until it ends the first three stand on its segments. */
    found: p.integer(),
    taken: p.integer(),
    doubted: p.integer(),
    missing: p.integer(),
    /** Why it failed, or what it waits for before it is tried again. */
    failureCode: p.text().strictNullable(),
    failure: p.text().strictNullable(),
    requestedAt: p.datetime(),
    startedAt: p.datetime().strictNullable(),
    finishedAt: p.datetime().strictNullable(),
    revision: p.integer().version(),
  },
  indexes: [{ name: 'fill_by_connection', properties: ['organization', 'environment', 'connectionId', 'objectType', 'requestedAt'] }],
  uniques: [
    { name: 'fill_under_way', properties: ['organization', 'environment', 'connectionId', 'objectType'], where: 'finished_at is null' },
  ],
  ...ownRowsOnly,
});
export type Fill = InferEntity<typeof Fill>;
