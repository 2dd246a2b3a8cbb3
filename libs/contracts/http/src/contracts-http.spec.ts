import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import * as contracts from './index.js';
import { CustomerResponse, CustomersListRequest, CustomersListResponse, DeadLettersListRequest, Problem } from './index.js';

const customer = {
  id: 'c_1',
  externalIdConflict: null,
  mergedInto: null,
  externalId: null,
  stripeId: 'cus_ada',
  connectionId: 'con_1',
  name: 'Ada',
  email: null,
  currency: 'eur',
  clockId: null,
  standing: { state: 'dirty', reasons: ['gap'], since: '2026-11-21T09:00:00.000Z' },
  createdAt: '2026-11-21T09:00:00.000Z',
  updatedAt: '2026-11-21T09:00:00.000Z',
  deletedAt: null,
  version: { epoch: 1, n: 3 },
};

describe('a list request', () => {
  it('reads its limit from text and asks for a page of its own when none is given', () => {
    expect(CustomersListRequest.parse({ limit: '5' }).limit).toBe(5);
    expect(CustomersListRequest.parse({}).limit).toBe(20);
    expect(DeadLettersListRequest.parse({ topic: 'customers.customer.changed.v1' }).limit).toBe(100);
  });

  it.each(['0', '101', '1.5', 'many', ''])('refuses a limit of "%s"', (limit) => {
    expect(CustomersListRequest.safeParse({ limit }).success).toBe(false);
  });

  it('goes in one direction only', () => {
    const both = CustomersListRequest.safeParse({ starting_after: 'a', ending_before: 'b' });

    expect(both.error?.issues.map((issue) => issue.path)).toEqual([['ending_before']]);
    expect(CustomersListRequest.safeParse({ ending_before: 'b' }).success).toBe(true);
  });
});

describe('a response', () => {
  it('keeps fields that an older reader does not know, so that one may be added', () => {
    expect(CustomerResponse.parse({ ...customer, newest: 1 })).toHaveProperty('newest', 1);
    expect(CustomersListResponse.parse({ object: 'list', data: [customer], has_more: false, next_cursor: null }).data).toHaveLength(1);
  });

  it('must not leave a field out', () => {
    expect(CustomerResponse.safeParse({ ...customer, email: undefined }).success).toBe(false);
  });

  it('says in a problem which request to look for in the log', () => {
    const problem = { type: 'about:blank', title: 'Not found', status: 404, code: 'customer_not_found' };

    expect(Problem.safeParse(problem).success).toBe(false);
    expect(Problem.safeParse({ ...problem, requestId: 'r_1' }).success).toBe(true);
  });
});

describe('every contract', () => {
  const schemas = Object.entries<unknown>({ ...contracts }).flatMap(([name, schema]) =>
    schema instanceof z.ZodType ? [{ name, schema }] : [],
  );

  it.each(schemas)('$name has its own name in the OpenAPI document', ({ name, schema }) => {
    expect(schema.meta()?.id).toBe(name);
  });

  it.each(schemas.filter(({ name, schema }) => !name.endsWith('Request') && schema instanceof z.ZodObject))(
    '$name is open for new fields',
    ({ name, schema }) => {
      expect(z.toJSONSchema(schema).$defs?.[name]).toMatchObject({ additionalProperties: {} });
    },
  );
});
