import type { EntitySchema, FilterQuery } from '@mikro-orm/core';
import { isNewer, type Scope } from '@turnpike/contracts-events';
import { BatchedRows, type Database } from '@turnpike/service';

/** What every copy of another service's fact has: whose it is, and which state of it was heard. */
interface KnownRow extends Scope {
  readonly id: string;
  versionEpoch: number;
  versionN: number;
  revision: number;
}

/** One table of copies of another service's facts: the newest state of each is kept, whatever comes again or late is not. */
export class KnownRows<R extends KnownRow> {
  private readonly rows: BatchedRows<R>;

  constructor(
    private readonly database: Database,
    entity: EntitySchema<R>,
    /** Where these rows stand: typed by the entity, which a generic class does not know. */
    private readonly whereIds: (scope: Scope, ids: readonly string[]) => FilterQuery<R>,
  ) {
    this.rows = new BatchedRows<R>(entity, keyOf);
  }

  /** Reads ahead what is known of these, in one query for each environment. */
  async prepare(heard: readonly R[]): Promise<void> {
    const transaction = this.database.current();
    for (const [environment, rows] of Map.groupBy(heard, (row) => row.environment)) {
      const ids = rows.map((row) => row.id);
      await this.rows.readAhead(transaction, rows.map(keyOf), this.whereIds({ organization: transaction.organization, environment }, ids));
    }
  }

  /** @returns what was known before (null: nothing); undefined when what was heard is not newer, and nothing was kept */
  async keep(heard: R): Promise<R | null | undefined> {
    const transaction = this.database.current();
    const known = await this.rows.find(transaction, keyOf(heard), this.whereIds(heard, [heard.id]));
    if (!isNewer(versionOf(heard), known && versionOf(known))) return undefined;
    const before = known && { ...known };
    this.rows.write(transaction, known ? Object.assign(known, heard, { revision: known.revision }) : heard);
    return before;
  }
}

function keyOf({ environment, id }: KnownRow): string {
  return `${environment}/${id}`;
}

function versionOf({ versionEpoch, versionN }: KnownRow) {
  return { epoch: versionEpoch, n: versionN };
}
