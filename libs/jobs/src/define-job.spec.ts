import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineJob } from './define-job.js';
import { jobTables } from './job-tables.js';

describe('a job', () => {
  const data = z.object({ connectionId: z.string() });

  it.each(['verify', 'Verify-Connection', 'verify_connection', 'verify-', ''])('cannot be called "%s"', (name) => {
    expect(() => defineJob({ name, data })).toThrow('is no job name');
  });

  it('is tried for more than a day unless told otherwise', () => {
    expect(defineJob({ name: 'verify-connection', data }).retries).toBe(40);
    expect(defineJob({ name: 'verify-connection', data, retries: 3 }).retries).toBe(3);
  });

  it('cannot be changed once it is defined', () => {
    expect(() => Object.assign(defineJob({ name: 'verify-connection', data }), { retries: 0 })).toThrow(TypeError);
  });
});

describe('the tables of jobs', () => {
  it('are made inside the migration’s own transaction, and belong to nobody who works with them', () => {
    const statements = jobTables('customers');
    expect(statements[0]).not.toMatch(/^\s*BEGIN;/i);
    expect(statements[0]).not.toMatch(/COMMIT;?\s*$/i);
    expect(statements.slice(1).every((statement) => statement.endsWith('to turnpike_customers'))).toBe(true);
  });
});
