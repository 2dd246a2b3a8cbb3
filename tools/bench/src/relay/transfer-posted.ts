import { Migration } from '@mikro-orm/migrations';
import { defineDeadLetters, defineTopic, partitionOf, type Scope, wireKey } from '@turnpike/contracts-events';
import { roadTables } from '@turnpike/messaging';
import { type DatabasePlan, protectTable } from '@turnpike/service';
import { z } from 'zod';

/** What a business transaction tells about itself. */
export const TransferPosted = defineTopic({
  name: 'bench.transfer.posted.v1',
  kind: 'hint',
  burial: 'marks-dirty',
  key: (transfer) => transfer.accountId,
  order: (transfer) => transfer.accountId,
  data: z.object({
    transferId: z.string(),
    accountId: z.string(),
    tellerId: z.string(),
    branchId: z.string(),
    amount: z.int(),
    filling: z.string(),
  }),
});

export const BenchDeadLetters = defineDeadLetters('bench');
export const SCOPE: Scope = { organization: 'bench', environment: 'test' };
export const BRANCHES = 50;
export const TELLERS = 10 * BRANCHES;
export const ACCOUNTS = 1_000 * BRANCHES;
const BYTES = 1_024;

/** pgbench's own transaction, which many take for a business transaction: three updates, one look, one insert. */
export const STATEMENTS = {
  account: `update account set balance = balance + $2 where organization = '${SCOPE.organization}' and id = $1`,
  look: `select balance from account where organization = '${SCOPE.organization}' and id = $1`,
  teller: `update teller set balance = balance + $2 where organization = '${SCOPE.organization}' and id = $1`,
  branch: `update branch set balance = balance + $2 where organization = '${SCOPE.organization}' and id = $1`,
  history: `insert into history (organization, account_id, teller_id, branch_id, amount) values ('${SCOPE.organization}', $1, $2, $3, $4)`,
} as const;

class Transfers extends Migration {
  override up(): void {
    for (const statement of roadTables('bench')) this.addSql(statement);
    for (const [table, rows] of Object.entries({ account: ACCOUNTS, teller: TELLERS, branch: BRANCHES })) {
      this.addSql(
        `create table ${table} (organization text not null, id int not null, balance bigint not null, filler char(84) not null,
           primary key (organization, id)) with (fillfactor = 80)`,
      );
      this.addSql(`insert into ${table} select '${SCOPE.organization}', id, 0, '' from generate_series(1, ${rows}) as id`);
      for (const statement of protectTable('bench', table, 'select, update')) this.addSql(statement);
    }
    this.addSql(
      `create table history (organization text not null, account_id int not null, teller_id int not null, branch_id int not null, amount bigint not null,
         at timestamptz not null default clock_timestamp())`,
    );
    for (const statement of protectTable('bench', 'history', 'select, insert')) this.addSql(statement);
  }
}

export const benchPlan: DatabasePlan = { service: 'bench', migrations: [{ name: 'Migration20261121000001_transfers', class: Transfers }] };

/** A message's value of 1 KB. */
export function filledTransfer(at: number): z.output<typeof TransferPosted.data> {
  const transfer = {
    transferId: `transfer-${at}`,
    accountId: accountId(at),
    tellerId: 'teller-1',
    branchId: 'branch-1',
    amount: 1,
    filling: '',
  };
  return { ...transfer, filling: 'x'.repeat(BYTES - JSON.stringify(transfer).length) };
}

function accountId(at: number): string {
  return `account-${1 + (at % ACCOUNTS)}`;
}

/** The keys of a backlog with the partitions they belong to. */
export function keys(count: number): Array<{ key: string; partition: number }> {
  return Array.from({ length: count }, (_, at) => {
    const key = wireKey(SCOPE, accountId(at));
    return { key, partition: partitionOf(key) };
  });
}
