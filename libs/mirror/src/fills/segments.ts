import type { Scope } from '@turnpike/contracts-events';
import type { Transaction } from '@turnpike/service';
import { DomainError } from '@turnpike/service';
import type { Segment } from './segment.rules.js';

/** What was done with the objects of a page. */
export interface PageCounts {
  readonly found: number;
  readonly taken: number;
  readonly doubted: number;
}

/** Somebody else goes on with this walk: what this process was about to store is not. */
export class LeaseLost extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'lease_lost';
}

interface SegmentRow extends Record<string, unknown> {
  n: number;
  clock_id: string | null;
  from_at: string | null;
  to_at: string | null;
  cursor: string | null;
  cursor_at: string | null;
  pages: number;
  is_done: boolean;
  revision: number;
}

const OF_FILL = 'organization = $1 and environment = $2 and fill_id = $3';
const ALL = `select n, clock_id, from_at, to_at, cursor, cursor_at, pages, is_done, revision from fill_segment where ${OF_FILL} order by n`;
const ADD = `insert into fill_segment (organization, environment, fill_id, n, clock_id, from_at, to_at) values ($1, $2, $3, $4, $5, $6, $7)`;
const SHORTEN = `update fill_segment set from_at = greatest(from_at, $5) where ${OF_FILL} and n = $4`;
/** Where its older half was given away meanwhile, that stays so. */
const MOVE = `update fill_segment
  set from_at = greatest(from_at, $6), to_at = $7, cursor = $8, cursor_at = $9, pages = $10, is_done = $11,
      found = found + $12, taken = taken + $13, doubted = doubted + $14, revision = revision + 1
  where ${OF_FILL} and n = $4 and revision = $5 returning 1`;
const SUMS = `select coalesce(sum(found), 0)::int as found, coalesce(sum(taken), 0)::int as taken, coalesce(sum(doubted), 0)::int as doubted
  from fill_segment where ${OF_FILL}`;
const REMOVE = `delete from fill_segment where ${OF_FILL}`;

/** The segments of one walk in its service's database. Every method runs in a transaction. */
export class Segments {
  private readonly key: readonly string[];

  constructor({ organization, environment }: Scope, fillId: string) {
    this.key = [organization, environment, fillId];
  }

  async all(transaction: Transaction): Promise<Segment[]> {
    const rows = await transaction.sql<SegmentRow>(ALL, this.key);
    return rows.map((row) => ({
      n: row.n,
      clockId: row.clock_id,
      fromAt: secondsOf(row.from_at),
      toAt: secondsOf(row.to_at),
      cursor: row.cursor,
      cursorAt: secondsOf(row.cursor_at),
      pages: row.pages,
      isDone: row.is_done,
      revision: row.revision,
    }));
  }

  async add(transaction: Transaction, { n, clockId, fromAt, toAt }: Pick<Segment, 'n' | 'clockId' | 'fromAt' | 'toAt'>): Promise<void> {
    await transaction.sql(ADD, [...this.key, n, clockId, fromAt, toAt]);
  }

  /** The older half of a segment becomes one of its own, together. */
  async divide(transaction: Transaction, newer: Segment, older: Segment): Promise<void> {
    await transaction.sql(SHORTEN, [...this.key, newer.n, newer.fromAt]);
    await this.add(transaction, older);
  }

  /** @throws LeaseLost when another process has moved it since it was read */
  async move(transaction: Transaction, segment: Segment, { found, taken, doubted }: PageCounts): Promise<Segment> {
    const { n, revision, fromAt, toAt, cursor, cursorAt, pages, isDone } = segment;
    const moved = await transaction.sql(MOVE, [
      ...[...this.key, n, revision],
      ...[fromAt, toAt, cursor, cursorAt, pages, isDone],
      ...[found, taken, doubted],
    ]);
    if (moved.length === 0) throw new LeaseLost('Another process goes on with this walk.');
    return { ...segment, revision: revision + 1 };
  }

  async sums(transaction: Transaction): Promise<PageCounts> {
    const [sums] = await transaction.sql<{ found: number; taken: number; doubted: number }>(SUMS, this.key);
    return sums ?? { found: 0, taken: 0, doubted: 0 };
  }

  async removeAll(transaction: Transaction): Promise<void> {
    await transaction.sql(REMOVE, this.key);
  }
}

/** PostgreSQL's bigint comes as text. */
function secondsOf(value: string | null): number | null {
  return value === null ? null : Number(value);
}
