import { Measured, type Queryable } from '@turnpike/service';
import type { Registry } from 'prom-client';

type Counted = { type: string; objects: number; seconds: number };

const DIRTY = `select object_type as type, count(*)::int as objects, extract(epoch from clock_timestamp() - min(doubted_at))::float8 as seconds from fetch_due group by object_type`;
const UNVERIFIED = `select object_type as type, count(*)::int as objects, extract(epoch from clock_timestamp() - min(unverified_at))::float8 as seconds from unverified_object group by object_type`;

/** How many of Stripe's objects are in doubt, over all organizations: two small tables, read when somebody scrapes. */
export function addMirrorGauges(registry: Registry, infrastructure: Queryable): void {
  const measured = new Measured(registry, async () => {
    const [doubted, kept] = await Promise.all([infrastructure.query<Counted>(DIRTY), infrastructure.query<Counted>(UNVERIFIED)]);
    return () => {
      for (const { type, objects, seconds } of doubted.rows) {
        dirty.set({ type }, objects);
        oldest.set({ type }, seconds);
      }
      for (const { type, objects } of kept.rows) unverified.set({ type }, objects);
    };
  });
  const dirty = measured.gauge({
    name: 'turnpike_stripe_objects_dirty',
    help: "Objects of Stripe's that are to be looked up, since an event has put them in doubt.",
    labelNames: ['type'],
  });
  const oldest = measured.gauge({
    name: 'turnpike_stripe_objects_dirty_oldest_age_seconds',
    help: 'How long the oldest of them has been in doubt.',
    labelNames: ['type'],
  });
  const unverified = measured.gauge({
    name: 'turnpike_stripe_objects_unverified',
    help: "Objects of Stripe's that could not be looked up, and are shown as their newest event told.",
    labelNames: ['type'],
  });
}
