import { describe, expect, it } from '@jest/globals';
import { type EnvelopeFields, MalformedEnvelope, parseHeaders, toHeaders, wireKey, withoutScope } from './envelope.js';

const fields: EnvelopeFields = {
  id: '019aa5b2-7c00-7000-8000-000000000001',
  topic: 'customers.customer.changed.v1',
  at: new Date('2026-11-21T09:00:00.123Z'),
  key: 'acme/live/c_01',
  orderKey: 'acme/live/c_01',
  scope: { organization: 'acme', environment: 'live' },
};
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const problemsOf = (headers: Record<string, string | undefined>): readonly string[] => {
  try {
    parseHeaders(headers);
    return [];
  } catch (error) {
    if (error instanceof MalformedEnvelope) return error.problems;
    throw error;
  }
};

describe('the envelope', () => {
  it('is CloudEvents 1.0 in binary mode, with ours beside it', () => {
    expect(toHeaders({ ...fields, dataResidency: 'eu', traceparent, epoch: 1n, number: 40_711n })).toEqual({
      ce_specversion: '1.0',
      ce_id: '019aa5b2-7c00-7000-8000-000000000001',
      ce_type: 'customers.customer.changed.v1',
      ce_source: '/turnpike/customers',
      ce_time: '2026-11-21T09:00:00.123Z',
      ce_subject: 'acme/live/c_01',
      ce_partitionkey: 'acme/live/c_01',
      'content-type': 'application/json',
      organization: 'acme',
      environment: 'live',
      dataresidency: 'eu',
      traceparent,
      turnpikeepoch: '1',
      turnpikenumber: '40711',
    });
  });

  it('leaves out what is not there', () => {
    const headers = toHeaders({ ...fields, dataResidency: null, traceparent: null });

    expect(Object.keys(headers)).not.toContain('dataresidency');
    expect(Object.values(headers)).not.toContain('null');
    expect(parseHeaders(headers)).toMatchObject({ epoch: undefined, number: undefined, traceparent: undefined });
  });

  it('comes back as it was written', () => {
    const whole = {
      ...fields,
      at: '2026-11-21T09:00:00.123Z',
      dataResidency: 'eu',
      traceparent,
      epoch: 1_795_251_600_000,
      number: 2n ** 60n,
    };

    expect(parseHeaders(toHeaders(whole))).toEqual(whole);
  });

  it('is written in UTC whatever zone the time came in', () => {
    expect(toHeaders({ ...fields, at: '2026-11-21T10:00:00+01:00' })['ce_time']).toBe('2026-11-21T09:00:00.000Z');
  });

  it('may carry headers that only a newer reader knows', () => {
    expect(parseHeaders({ ...toHeaders(fields), ce_dataschema: 'https://example.com' }).id).toBe(fields.id);
  });

  it('names everything that is missing at once', () => {
    expect(problemsOf({})).toEqual(
      expect.arrayContaining(['ce_specversion is missing', 'ce_id is missing', 'organization is missing', 'environment is missing']),
    );
  });

  it.each([
    ['ce_specversion', '0.3'],
    ['ce_id', 'b9c1f7f0-3f1c-4d9e-8f7e-1f2a3b4c5d6e'],
    ['ce_type', ''],
    ['ce_source', '/turnpike/gateway'],
    ['ce_time', '2026-11-21T10:00:00+01:00'],
    ['ce_time', '2026-13-41T10:00:00Z'],
    ['ce_subject', ''],
    ['content-type', 'text/plain'],
    ['organization', 'Acme/../x'],
    ['environment', 'production'],
    ['turnpikeepoch', '-1'],
    ['turnpikenumber', '1e3'],
  ])('is refused when %s is "%s"', (header, value) => {
    expect(problemsOf({ ...toHeaders(fields), [header]: value })).toContain(`${header} is "${value}"`);
  });

  it('starts a new trace where the old one cannot be read', () => {
    expect(parseHeaders({ ...toHeaders(fields), traceparent: '00-zero' }).traceparent).toBeUndefined();
  });
});

describe('a key on the wire', () => {
  it('keeps two organizations and two environments apart', () => {
    const keys = [
      wireKey({ organization: 'acme', environment: 'live' }, 'c_1'),
      wireKey({ organization: 'acme', environment: 'test' }, 'c_1'),
      wireKey({ organization: 'bolt', environment: 'live' }, 'c_1'),
    ];

    expect(new Set(keys).size).toBe(3);
  });

  it('gives the key of the contract back, slashes and all', () => {
    expect(withoutScope(wireKey({ organization: 'acme', environment: 'live' }, 'con_1/cus_1'))).toBe('con_1/cus_1');
  });

  it('is left alone when it has no scope', () => {
    expect(withoutScope('orphan')).toBe('orphan');
  });
});
