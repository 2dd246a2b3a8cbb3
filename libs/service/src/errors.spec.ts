import { describe, expect, it } from '@jest/globals';
import { isDatabaseUnavailable, sqlStateOf } from './errors.js';

describe('a database that cannot be reached', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '53300', '08006', '25P03', '57014', 'EPIPE'])('is told by %s', (code) => {
    expect(isDatabaseUnavailable(Object.assign(new Error('no'), { code }))).toBe(true);
  });

  it('is told by what the driver says when a connection breaks', () => {
    expect(isDatabaseUnavailable(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isDatabaseUnavailable(new Error('Connection terminated: PostgreSQL was silent for 30 s.'))).toBe(true);
  });

  it('is found under wrappers and in bundles of attempts', () => {
    const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    expect(isDatabaseUnavailable(new Error('wrapped', { cause: refused }))).toBe(true);
    expect(isDatabaseUnavailable(new AggregateError([refused]))).toBe(true);
  });

  it('is not what a refused statement means', () => {
    expect(isDatabaseUnavailable(Object.assign(new Error('duplicate key'), { code: '23505' }))).toBe(false);
    expect(isDatabaseUnavailable(new TypeError('x is undefined'))).toBe(false);
  });
});

describe('the SQLSTATE of an error', () => {
  it('is found through wrappers, and is null where there is none', () => {
    expect(sqlStateOf(new Error('wrapped', { cause: Object.assign(new Error('inner'), { code: '42P01' }) }))).toBe('42P01');
    expect(sqlStateOf(new Error('none'))).toBeNull();
  });
});
