import type { Scope } from '@turnpike/contracts-events';
import { lockKeys } from '@turnpike/messaging';
import type { Transaction } from '@turnpike/service';
import { afterListed, type JsonObject, type ListedDecision, whatToDoWithCompared, whatToDoWithListed } from '@turnpike/stripe';
import type { MirroredKind } from '../mirrored-kind.js';
import type { MirroredRows } from '../mirrored-rows.js';
import { locksIn, namesIn, ObjectsByType } from '../named-objects.js';
import { orderKeyOf } from '../stripe-object.js';
import type { Fill } from './fill.entity.js';
import type { PageCounts } from './segments.js';

/** One entry of a page, read. */
export interface ListedEntry {
  readonly stripeId: string;
  /** Epoch seconds; null: it does not say. */
  readonly createdAt: number | null;
  readonly object: JsonObject;
  /** In our words; null: it holds something that this version cannot read. */
  readonly payload: JsonObject | null;
  /** False: something of it is not in the list. */
  readonly isWhole: boolean;
}

export interface ListedPage {
  readonly entries: readonly ListedEntry[];
  readonly hasMore: boolean;
  /** The answer's `Date`, epoch seconds. */
  readonly date: number | null;
  /** Between question and answer, seconds. */
  readonly took: number;
}

/** A difference that a comparison has found: no event told of it. */
export interface Difference {
  readonly stripeId: string;
  readonly because: 'changed' | 'unknown';
}

export interface TakenPage {
  readonly outcomes: readonly ListedDecision[];
  readonly differences: readonly Difference[];
}

/**
 * Takes what a page of a list shows, in one transaction: new and surely newer states are shown, what differs otherwise is put in doubt
 * (architecture rule 5). A comparison puts in doubt whatever differs, and takes only what nobody knew.
 */
export async function takePage(
  { transaction, rows, kind, scope, fill, now }: TakingParts,
  { entries, date, took }: ListedPage,
): Promise<TakenPage> {
  const { connectionId } = fill;
  const objects = entries.map(({ stripeId }) => ({ scope, connectionId, stripeId }));
  const [met, named] = [new ObjectsByType(), new ObjectsByType()];
  for (const object of objects) met.add(kind.type, object);
  for (const { object } of entries)
    for (const { type, stripeId } of namesIn(kind, object)) named.add(type, { scope, connectionId, stripeId });
  await lockKeys(transaction, [...objects.map(orderKeyOf), ...entries.flatMap(({ object }) => locksIn(kind, scope, connectionId, object))]);
  await rows.readAhead(met, named);

  const decide = fill.purpose === 'comparison' ? whatToDoWithCompared : whatToDoWithListed;
  const outcomes: ListedDecision[] = [];
  const differences: Difference[] = [];
  for (const { stripeId, object: entry, payload, isWhole } of entries) {
    const object = { scope, connectionId, stripeId };
    const row = await rows.of(kind.type, object);
    const before = row?.known ?? null;
    const walkedIn = fill.id;
    const isOnClock = payload !== null && (kind.clockOf?.(payload) ?? null) !== null;
    const dateHere = isOnClock ? null : date;
    const decision = decide(before, { payload, isWhole, date: dateHere, took });
    outcomes.push(decision);
    if (fill.purpose === 'comparison' && (decision === 'take' || decision === 'doubt'))
      differences.push({ stripeId, because: before === null ? 'unknown' : 'changed' });
    if (decision === 'same' || decision === 'wait') {
      if (row) rows.remember(kind.type, object, row, { known: row.known, deletedAt: row.deletedAt, walkedIn, now });
      continue;
    }
    if (decision !== 'take' || payload === null) {
      await rows.suspect(kind.type, object, 'drift', now, walkedIn);
      continue;
    }
    const known = afterListed(before, { payload, date: dateHere }, now.getTime());
    rows.remember(kind.type, object, row, { known, deletedAt: null, walkedIn, now });
    for (const one of namesIn(kind, entry)) await rows.meet(one.type, { ...object, stripeId: one.stripeId }, now);
    await kind.show(object, { known, before, deletedAt: null, stamp: date, isFetched: true, change: null, now });
  }
  return { outcomes, differences };
}

export interface TakingParts {
  readonly transaction: Transaction;
  readonly rows: MirroredRows;
  readonly kind: MirroredKind;
  readonly scope: Scope;
  readonly fill: Pick<Fill, 'id' | 'connectionId' | 'purpose'>;
  readonly now: Date;
}

export function countsOf(outcomes: readonly ListedDecision[]): PageCounts {
  const of = (...ones: ListedDecision[]) => outcomes.filter((outcome) => ones.includes(outcome)).length;
  return { found: outcomes.length, taken: of('take'), doubted: of('doubt', 'unreadable', 'partial') };
}
