import { PARTITIONS } from '@turnpike/contracts-events';
import type { Queryable } from '@turnpike/service';
import { v7 as uuidv7 } from 'uuid';
import type { RoadMessage } from './message.js';

/**
 * Messages of the road's own among the messages of a topic, which belong to no organization (road 2.0 b, c):
 * - `epoch-opened`: the first of an epoch on its partition. From here on earlier epochs count for nobody.
 * - `epoch-told`: the whole state has been told in this epoch. What a reader still keeps of an earlier one never was.
 */
export type Marker = 'epoch-opened' | 'epoch-told';

/** On copies of a move between buses. They are dense where compaction has left holes: their numbers rise by more than their offsets. */
export const MOVED = 'turnpikemoved';

const MARKER = 'turnpikemarker';

/** No organization has this name, so nobody's messages are meant. */
export const NO_ORGANIZATION = '';

export function markerOf({ headers }: Pick<RoadMessage, 'headers'>): Marker | null {
  const marker = headers[MARKER];
  return marker === 'epoch-opened' || marker === 'epoch-told' ? marker : null;
}

/** The headers of an outbox row that is a marker: its order key says which. */
export function markerHeaders(headers: Record<string, string>, orderKey: string): Record<string, string> {
  return { ...headers, [MARKER]: orderKey };
}

/** Lays a marker for every partition of these topics into the outbox. @param on the transaction that it belongs to, as the infrastructure role */
export async function layMarkers(on: Queryable, marker: Marker, topics: readonly string[]): Promise<void> {
  const all = topics.flatMap((topic) => Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, id: uuidv7() })));
  await on.query(
    `insert into outbox (message_id, organization, environment, topic, partition, key, order_key)
     select m.id, '${NO_ORGANIZATION}', '', m.topic, m.partition, $1, $1 from unnest($2::uuid[], $3::text[], $4::int[]) as m(id, topic, partition)`,
    [marker, all.map(({ id }) => id), all.map(({ topic }) => topic), all.map(({ partition }) => partition)],
  );
}
