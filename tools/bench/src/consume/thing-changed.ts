import { Migration } from '@mikro-orm/migrations';
import { defineDeadLetters, defineTopic, partitionOf, toHeaders, wireKey, type Scope } from '@turnpike/contracts-events';
import { roadTables } from '@turnpike/messaging';
import { protectTable, type DatabasePlan } from '@turnpike/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

/** What the messages tell. `hint`, as what the gateway tells is. */
export const ThingChanged = defineTopic({
  name: 'bench.thing.changed.v1',
  kind: 'hint',
  burial: 'marks-dirty',
  key: (thing) => thing.thingId,
  order: (thing) => thing.thingId,
  data: z.object({ thingId: z.string(), version: z.int(), filling: z.string() }),
});

export const BenchDeadLetters = defineDeadLetters('bench');
export const SCOPE: Scope = { organization: 'bench', environment: 'test' };
export const KEYS = 10_000;
const BYTES = 1_024;

/** What every contender does with a message. */
export const UPSERT = `insert into thing (organization, thing_id, version, filling, times) values ($1, $2, $3, $4, 1)
  on conflict (organization, thing_id) do update set version = excluded.version, filling = excluded.filling, times = thing.times + 1`;

/** The same, as the driver prepares it once for each connection: as `Transaction.sql` does, so that nobody pays for planning it anew. */
export function upsert(values: unknown[]): { name: string; text: string; values: unknown[] } {
  return { name: 'upsert', text: UPSERT, values };
}

class Things extends Migration {
  override up(): void {
    for (const statement of roadTables('bench')) this.addSql(statement);
    this.addSql(
      `create table thing (organization text not null, thing_id text not null, version bigint not null, filling text not null, times int not null,
         primary key (organization, thing_id))`,
    );
    for (const statement of protectTable('bench', 'thing')) this.addSql(statement);
  }
}

/** The same tables, with the same protection, for every contender: each has a database of its own. */
export const benchPlan: DatabasePlan = { service: 'bench', migrations: [{ name: 'Migration20261121000001_things', class: Things }] };

export interface Numbered {
  readonly partition: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Record<string, string>;
}

/** Messages of 1 KB as a relay sends them, each numbered in its partition. `heads` is where the numbers stand, and is moved. */
export function madeThings(first: number, count: number, heads: Map<number, number>): Numbered[] {
  return Array.from({ length: count }, (_, at) => {
    const version = first + at;
    const thingId = `thing-${version % KEYS}`;
    const key = wireKey(SCOPE, thingId);
    const partition = partitionOf(key);
    const number = (heads.get(partition) ?? 0) + 1;
    heads.set(partition, number);
    const start = JSON.stringify({ thingId, version, filling: '' });
    const value = JSON.stringify({ thingId, version, filling: 'x'.repeat(Math.max(0, BYTES - start.length)) });
    const headers = toHeaders({
      id: uuidv7(),
      topic: ThingChanged.name,
      at: new Date(),
      key,
      orderKey: key,
      scope: SCOPE,
      epoch: 1,
      number: BigInt(number),
    });
    return { partition, key, value, headers };
  });
}
