import { describe, expect, it } from '@jest/globals';
import { NotFoundException } from '@nestjs/common';
import { DomainError, Unavailable } from './errors.js';
import { InputInvalid, toProblem } from './problem.filter.js';

class CustomerGone extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'customer_not_found';
}

describe('a failure over HTTP', () => {
  it('a domain error has its stable code, its sentence and the status of its kind', () => {
    expect(toProblem(new CustomerGone('Customer cust_1 is not known here.'), 'req-1').problem).toEqual({
      type: 'urn:turnpike:problem:customer_not_found',
      title: 'Customer not found',
      status: 404,
      detail: 'Customer cust_1 is not known here.',
      instance: 'urn:turnpike:request:req-1',
      code: 'customer_not_found',
      requestId: 'req-1',
    });
  });

  it('what the sentence is about stands beside it, for programs', () => {
    class KeyTaken extends CustomerGone {
      override readonly facts = { id: 'plan_1' };
    }
    expect(toProblem(new KeyTaken('Plan plan_1 has the key pro already.'), 'r').problem.facts).toEqual({ id: 'plan_1' });
  });

  it('input that does not parse names every wrong place as a JSON pointer', () => {
    const { problem } = toProblem(new InputInvalid([{ pointer: '/limit', code: 'too_big', message: 'must be at most 100' }]), 'r');
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ pointer: '/limit', code: 'too_big' }] });
  });

  it('what cannot be reached says when to try again', () => {
    expect(toProblem(new Unavailable('The database', 7), 'r')).toMatchObject({ problem: { status: 503 }, retryAfterSeconds: 7 });
    expect(toProblem(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'r')).toMatchObject({
      problem: { status: 503 },
      retryAfterSeconds: 5,
    });
  });

  it('an unknown route says where the routes are listed', () => {
    expect(toProblem(new NotFoundException(), 'r').problem).toMatchObject({ status: 404, code: 'route_not_found' });
  });

  it('a bug shows nothing of itself but the id under which the log has it', () => {
    const { problem, isBug } = toProblem(new Error('password=hunter2 in /etc/secret'), 'req-9');
    expect(isBug).toBe(true);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(problem.detail).toContain('req-9');
  });
});
