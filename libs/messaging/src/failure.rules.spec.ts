import { describe, expect, it } from '@jest/globals';
import { DomainError, Unavailable } from '@turnpike/service';
import { causeOf, verdictOn } from './failure.rules.js';

class Refused extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'already_taken';
}

const sql = (code: string, message = 'words of the server') => Object.assign(new Error(message), { code });

describe('what becomes of a message whose handling threw', () => {
  it.each([
    ['a domain error', new Refused('Taken.'), 'bury'],
    ['something that cannot be reached', new Unavailable('The mail server'), 'wait'],
    ['a refused connection', sql('ECONNREFUSED'), 'wait'],
    ['a server that is shutting down', sql('57P01'), 'wait'],
    ['too many connections', sql('53300'), 'wait'],
    ['a deadlock', sql('40P01'), 'repeat'],
    ['a serialization failure', sql('40001'), 'repeat'],
    ['a unique key that another writer took first', sql('23505'), 'repeat'],
    ['a row that another writer changed', Object.assign(new Error('changed'), { name: 'OptimisticLockError' }), 'repeat'],
    ['a statement planned before a migration', sql('0A000', 'cached plan must not change result type'), 'repeat'],
    ['something that the database cannot do', sql('0A000'), 'retry'],
    ['a missing table', sql('42P01'), 'stop'],
    ['missing rights', sql('42501'), 'stop'],
    ['a read-only server', sql('25006'), 'stop'],
    ['no organization set', sql('28000'), 'stop'],
    ['a bug', new TypeError('x is undefined'), 'retry'],
    ['a value that the database refuses', sql('22P02'), 'retry'],
    ['something thrown that is no error', 'just words', 'retry'],
  ])('%s', (_, error, verdict) => {
    expect(verdictOn(error)).toBe(verdict);
  });

  it('is found through the errors that an ORM wraps around it', () => {
    expect(verdictOn(new Error('wrapped', { cause: sql('40P01') }))).toBe('repeat');
  });
});

describe('the cause in a dead letter', () => {
  it('has the code and the sentence of a domain error', () => {
    expect(causeOf(new Refused('Taken.'))).toEqual({ code: 'already_taken', message: 'Taken.' });
  });

  it("has the server's words and never the statement with its values", () => {
    const error = sql('22P02', 'insert into "customer" ("email") values (\'ada@example.com\') - invalid input syntax');
    expect(causeOf(error)).toEqual({ code: '22P02', message: 'invalid input syntax' });
  });

  it('has the first line of a bug', () => {
    expect(causeOf(new Error('one\ntwo'))).toEqual({ code: 'bug', message: 'one' });
  });
});
