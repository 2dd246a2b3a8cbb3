import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OptimisticLockError } from '@mikro-orm/core';
import { orderKeyOf, type StripeObject, wherever } from '@turnpike/mirror';
import { BatchedRows, Database, newId, type Transaction } from '@turnpike/service';
import { freshDatabases, type FreshDatabases } from '@turnpike/testing';
import { Customer } from './customer.entity.js';
import { STUB_STATE } from './customer.mapping.js';
import { customers } from './definition.js';
import { customerKeyOf } from './customer-keys.js';
import { ACME_TEST } from './testing/started-customers.js';

let databases: FreshDatabases;
let database: Database;
beforeAll(async () => {
  databases = await freshDatabases([customers.plan]);
  database = await Database.open({ url: databases.of('customers').url, service: 'customers', entities: [...customers.entities] });
});
afterAll(async () => {
  await database?.close();
  await databases?.drop();
});

const AT = new Date('2026-11-21T12:00:00.123Z');

function object(stripeId: string): StripeObject {
  return { scope: ACME_TEST, connectionId: 'acme-test', stripeId };
}

function aRow(stripeId: string, change: Partial<Customer> = {}): Customer {
  return {
    ...ACME_TEST,
    id: newId('cust'),
    connectionId: 'acme-test',
    stripeId,
    externalId: null,
    ...STUB_STATE,
    mergedInto: null,
    standingSince: AT,
    versionEpoch: 1,
    versionN: 1,
    createdAt: AT,
    updatedAt: AT,
    revision: 0,
    ...change,
  };
}

/** Each has batches of its own, as each replica has. */
function batchedRows(): BatchedRows<Customer> {
  return new BatchedRows<Customer>(Customer, customerKeyOf);
}

function acting<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return database.transaction('acme', work);
}

async function found(stripeId: string): Promise<Customer | null> {
  return acting((transaction) => batchedRows().find(transaction, orderKeyOf(object(stripeId)), wherever([object(stripeId)])));
}

describe('the rows of a batch', () => {
  it('come back as they were written', async () => {
    const row = aRow('cus_whole', { name: 'A "quoted" \\ name, {braced}', email: 'é@example.com', versionN: 9_007_199_254_740_991 });
    await acting(async (transaction) => batchedRows().write(transaction, row));

    expect({ ...(await found('cus_whole')) }).toMatchObject({ ...row, revision: 1 });
  });

  it('are new and changed ones together', async () => {
    const rows = batchedRows();
    await acting(async (transaction) => rows.write(transaction, aRow('cus_before')));
    await acting(async (transaction) => {
      await rows.readAhead(transaction, ['cus_before', 'cus_beside'].map(object).map(orderKeyOf), wherever([object('cus_before')]));
      const before = rows.seen(transaction, orderKeyOf(object('cus_before')))!;
      before.name = 'Ada';
      rows.write(transaction, before);
      rows.write(transaction, aRow('cus_beside'));
    });

    expect(await found('cus_before')).toMatchObject({ name: 'Ada', revision: 2, createdAt: AT });
    expect(await found('cus_beside')).toMatchObject({ name: null, revision: 1 });
  });

  it('tell what is known not to exist from what was not asked for', async () => {
    const rows = batchedRows();
    await acting(async (transaction) => {
      await rows.readAhead(transaction, ['nobody'], wherever([object('nobody')]));

      expect(rows.seen(transaction, 'nobody')).toBeNull();
      expect(rows.seen(transaction, 'somebody')).toBeUndefined();
    });
  });

  it('are not written over a change that they have not seen', async () => {
    await acting(async (transaction) => batchedRows().write(transaction, aRow('cus_met')));
    const late = acting(async (transaction) => {
      const rows = batchedRows();
      const row = await rows.find(transaction, orderKeyOf(object('cus_met')), wherever([object('cus_met')]));
      await databases.inside('customers').query(`update customer set name = 'Other', revision = revision + 1 where stripe_id = 'cus_met'`);
      rows.write(transaction, Object.assign(row!, { name: 'Late' }));
    });

    await expect(late).rejects.toThrow(OptimisticLockError);
    expect(await found('cus_met')).toMatchObject({ name: 'Other', revision: 2 });
  });
});
