import { prepared, type Queryable } from '@turnpike/service';
import { toHeaders, type Scope } from '@turnpike/contracts-events';
import { markerHeaders, NO_ORGANIZATION } from './markers.js';
import type { OutgoingMessage } from './message.js';

/**
 * The rows of a window are those visible in its snapshot and not in the one before, in the order of their ids. A transaction's number
 * says nothing about commit order, and "below the oldest running transaction" would wait for strangers in other databases of the
 * cluster; the difference of two snapshots has every row exactly once, and inside it ids were drawn under the aggregates' locks (road 1.1, 1.2).
 */
const IN_WINDOW = `(o.txid >= pg_snapshot_xmax($1::text::pg_snapshot) or o.txid = any(array(select pg_snapshot_xip($1::text::pg_snapshot))))`;

/**
 * The smallest id of a window, in two parts, so that each asks the index of transactions for the few new rows. `+ 0`, because for a plain
 * min() PostgreSQL walks the index of ids from the oldest row that is kept, over all that was ever sent.
 */
function smallestId(condition: string): string {
  const where = (isNew: string) => `(select min(o.id + 0) from outbox o where ${isNew} ${condition})`;
  return `least(${where('o.txid >= pg_snapshot_xmax($1::text::pg_snapshot)')}, ${where('o.txid = any(array(select pg_snapshot_xip($1::text::pg_snapshot)))')})`;
}

const BYTES_PER_PAGE = 8 * 1024 * 1024;

export interface OutboxRow {
  id: bigint;
  topic: string;
  partition: number;
  key: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

type Selected = {
  id: string;
  message_id: string;
  organization: string;
  environment: Scope['environment'];
  data_residency: string | null;
  topic: string;
  partition: number;
  key: string;
  order_key: string;
  traceparent: string | null;
  body: Buffer | null;
  announced_at: Date;
};

/** A new snapshot and the smallest id that it would publish above `closed`; null when there is nothing to publish. */
export async function nextWindow(session: Queryable, closed: string): Promise<{ snapshot: string; firstId: bigint } | null> {
  // One statement: the snapshot it names is the one it reads with.
  const { rows } = await prepared<{ snapshot: string; first_id: string | null }>(
    session,
    `select pg_current_snapshot()::text as snapshot, ${smallestId('')} as first_id`,
    [closed],
  );
  const row = rows[0];
  return row && row.first_id !== null ? { snapshot: row.snapshot, firstId: BigInt(row.first_id) } : null;
}

/** The smallest id of a window that an earlier leader left open; null when it is empty by now. */
export async function firstOf(session: Queryable, closed: string, open: string): Promise<bigint | null> {
  const { rows } = await prepared<{ first_id: string | null }>(
    session,
    `select ${smallestId('and pg_visible_in_snapshot(o.txid, $2::text::pg_snapshot)')} as first_id`,
    [closed, open],
  );
  return rows[0]?.first_id ? BigInt(rows[0].first_id) : null;
}

/** The next rows of a window above an id, as many as one page may hold. `only` narrows it to one partition that lags. */
export async function pageOf(
  session: Queryable,
  window: { closed: string; open: string; above: bigint; limit: number },
  only: { topic: string; partition: number } | null = null,
): Promise<{ rows: OutboxRow[]; isLast: boolean }> {
  const { rows } = await prepared<Selected>(
    session,
    `select id, message_id, organization, environment, data_residency, topic, partition, key, order_key, traceparent, body, announced_at from (
       select o.*, sum(coalesce(octet_length(o.body), 0) + 512) over (order by o.id) as bytes, row_number() over (order by o.id) as position
         from (select * from outbox o
                where ${IN_WINDOW} and pg_visible_in_snapshot(o.txid, $2::text::pg_snapshot) and o.id > $3
                  and ($5::text is null or (o.topic = $5 and o.partition = $6))
                order by o.id limit $4) o) page
      where position = 1 or bytes <= $7 order by id`,
    [window.closed, window.open, String(window.above), window.limit, only?.topic ?? null, only?.partition ?? null, BYTES_PER_PAGE],
  );
  // Fewer rows than a page holds may still be cut by bytes; then the next page is simply asked for.
  const bytes = rows.reduce((sum, row) => sum + (row.body?.length ?? 0) + 512, 0);
  return { rows: rows.map(toRow), isLast: rows.length < window.limit && bytes + 1024 * 1024 < BYTES_PER_PAGE };
}

function toRow(row: Selected): OutboxRow {
  const headers = toHeaders({
    id: row.message_id,
    topic: row.topic,
    at: row.announced_at,
    key: row.key,
    orderKey: row.order_key,
    scope: { organization: row.organization, environment: row.environment },
    dataResidency: row.data_residency,
    traceparent: row.traceparent,
  });
  const all = row.organization === NO_ORGANIZATION ? markerHeaders(headers, row.order_key) : headers;
  return { id: BigInt(row.id), topic: row.topic, partition: row.partition, key: row.key, headers: all, body: row.body };
}

/** The headers that only the relay can write: which life of the writer, and which message of the partition. */
export function numbered(row: OutboxRow, epoch: bigint, number: bigint): OutgoingMessage {
  return {
    topic: row.topic,
    partition: row.partition,
    number,
    key: row.key,
    headers: { ...row.headers, turnpikeepoch: String(epoch), turnpikenumber: String(number) },
    body: row.body,
  };
}
