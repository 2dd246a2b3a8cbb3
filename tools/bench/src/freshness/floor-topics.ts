import { defineTopic } from '@turnpike/contracts-events';
import { z } from 'zod';

/** All that the floor carries. */
export const Fact = z.object({ customer: z.string(), price: z.string() });
export type Fact = z.output<typeof Fact>;

export const Received = bare('floor.event.received.v1');
export const Kept = bare('floor.row.kept.v1');
export const Granted = bare('floor.seats.granted.v1');

function bare(name: string) {
  return defineTopic({
    name,
    kind: 'hint',
    burial: 'marks-dirty',
    key: (fact) => fact.customer,
    order: (fact) => fact.customer,
    data: Fact,
  });
}
