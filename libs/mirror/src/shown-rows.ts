import type { EntitySchema, FilterQuery } from '@mikro-orm/core';
import type { Environment, Standing } from '@turnpike/contracts-events';
import { FIRST_EPOCH } from '@turnpike/messaging';
import { BatchedRows, type Database, newId } from '@turnpike/service';
import { type JsonObject, sameJson } from '@turnpike/stripe';
import type { PreparedObject, Sight } from './mirrored-kind.js';
import { standingSince } from './standing.rules.js';
import { orderKeyOf, orderKeyOfRow, type StripeObject, wherever } from './stripe-object.js';

/** What every row has that shows one of Stripe's objects. */
export interface ShownRow {
  organization: string;
  environment: Environment;
  /** Ours. */
  id: string;
  connectionId: string;
  stripeId: string;
  standing: Standing;
  standingReasons: string[];
  standingSince: Date | null;
  versionEpoch: number;
  versionN: number;
  createdAt: Date;
  updatedAt: Date;
  revision: number;
}

/** The columns that are not Stripe's to decide about. */
type OwnColumn =
  | 'organization'
  | 'environment'
  | 'id'
  | 'connectionId'
  | 'stripeId'
  | 'standingSince'
  | 'versionEpoch'
  | 'versionN'
  | 'createdAt'
  | 'updatedAt'
  | 'revision';

export interface ShownRowsParts<R extends ShownRow, P extends JsonObject> {
  readonly database: Database;
  readonly entity: EntitySchema<R>;
  /** Of our ids: `i`. */
  readonly idPrefix: string;
  /** What is shown of an object; null while there is nothing to show: the doubt then stands on the mirrored object. */
  stateOf(sight: Sight<P>): Omit<R, OwnColumn | symbol> | null;
  /** What is told of a row. Two rows that tell the same are no news. */
  factOf(row: R): object;
  /** Announces the row as it is. */
  tell(row: R): void;
}

/**
 * A table whose rows show Stripe's objects of one kind, one row for each: made when there is something to show, changed when that changes,
 * told with a version that rises by one. Every method runs in the transaction of its caller, with the objects' order keys locked.
 */
export class ShownRows<R extends ShownRow, P extends JsonObject> {
  private readonly rows: BatchedRows<R>;

  constructor(private readonly parts: ShownRowsParts<R, P>) {
    this.rows = new BatchedRows<R>(parts.entity, orderKeyOfRow);
  }

  /** Reads ahead whatever rows these objects have. */
  async prepare(objects: readonly PreparedObject[]): Promise<void> {
    const known = objects.filter(({ isKnown }) => isKnown);
    if (known.length === 0) return;
    await this.rows.readAhead(this.parts.database.current(), known.map(orderKeyOf), this.where(known));
  }

  /** Shows what has become known of an object, and tells it; silent if that changes nothing. */
  async show(object: StripeObject, sight: Sight<P>): Promise<void> {
    const state = this.parts.stateOf(sight);
    if (state === null) return;
    const transaction = this.parts.database.current();
    const row = sight.before === null ? null : await this.rows.find(transaction, orderKeyOf(object), this.where([object]));
    if (row === null) return this.make(object, state, sight.now);

    const { standing, standingReasons } = row;
    const factBefore = this.parts.factOf(row);
    Object.assign(row, state);
    row.standingSince = standingSince({ standing, standingSince: row.standingSince }, row.standing, sight.now);
    const isNews = !sameJson(factBefore, this.parts.factOf(row));
    if (!isNews && sameJson(standingReasons, row.standingReasons)) return;
    row.updatedAt = sight.now;
    this.rows.write(transaction, row);
    if (!isNews) return;
    row.versionN += 1;
    this.parts.tell(row);
  }

  private make({ scope, connectionId, stripeId }: StripeObject, state: Omit<R, OwnColumn | symbol>, now: Date): void {
    const own: Pick<ShownRow, OwnColumn> = {
      organization: scope.organization,
      environment: scope.environment,
      id: newId(this.parts.idPrefix),
      connectionId,
      stripeId,
      standingSince: null,
      versionEpoch: FIRST_EPOCH,
      versionN: 1,
      createdAt: now,
      updatedAt: now,
      revision: 0,
    };
    const row = this.whole(own, state);
    row.standingSince = standingSince(null, row.standing, now);
    this.rows.write(this.parts.database.current(), row);
    this.parts.tell(row);
  }

  /** The two halves are all columns of R: TypeScript cannot add up a generic type's parts. */
  private whole(own: Pick<ShownRow, OwnColumn>, state: Omit<R, OwnColumn | symbol>): R {
    return { ...own, ...state } as unknown as R;
  }

  /** The same of a generic row's filter. */
  private where(objects: readonly StripeObject[]): FilterQuery<R> {
    return wherever(objects) as unknown as FilterQuery<R>;
  }
}
