import { describe, expect, it } from '@jest/globals';
import { adminUrl, passwordOf } from './cluster.js';

describe('the cluster of a test run', () => {
  it('is named by the run, and a test outside of one is told how to start it', () => {
    const before = process.env['TEST_DATABASE_URL'];
    delete process.env['TEST_DATABASE_URL'];
    try {
      expect(() => adminUrl()).toThrow(/node tools\/jest\.mjs postgres/);
    } finally {
      if (before !== undefined) process.env['TEST_DATABASE_URL'] = before;
    }
  });

  it('has one password per role, the same in every test', () => {
    expect(passwordOf('turnpike_gateway')).toBe(passwordOf('turnpike_gateway'));
    expect(passwordOf('turnpike_gateway')).not.toBe(passwordOf('turnpike_customers'));
  });
});
