import { describe, expect, it } from '@jest/globals';
import { readForm } from './form.js';
import { boolean, hash, integer, list, mergedMetadata, metadata, oneOf, readFields, required, text } from './parameters.js';
import { StripeError } from './stripe-error.js';

const refusal = (work: () => unknown): { message: string; code: string | undefined; param: string | undefined } => {
  try {
    work();
  } catch (error) {
    if (StripeError.is(error)) return { message: error.message, code: error.fields.code, param: error.fields.param };
    throw error;
  }
  throw new Error('it was taken');
};

describe('forms', () => {
  it("E7: are read from Stripe's bracket syntax", () => {
    expect(readForm('a=1&items[0][price]=p&items[1][price]=q&expand[]=x&expand[]=y&created[gte]=5&m[a]=&t=a+b%26')).toEqual({
      a: '1',
      items: [{ price: 'p' }, { price: 'q' }],
      expand: ['x', 'y'],
      created: { gte: '5' },
      m: { a: '' },
      t: 'a b&',
    });
  });

  it('cannot reach the prototype of anything', () => {
    readForm('__proto__[polluted]=1&a[__proto__][polluted]=1&constructor[prototype][polluted]=1');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('parameters', () => {
  const fields = {
    name: required(text({ max: 5 })),
    items: list(hash({ price: required(text()), quantity: integer({ min: 1 }) }), { max: 2 }),
    on: boolean(),
    kind: oneOf('a', 'b', 'c'),
  };

  it('read their own types from strings', () => {
    expect(readFields(fields, readForm('name=x&items[0][price]=p&items[0][quantity]=2&on=true&kind=b'))).toEqual({
      name: 'x',
      items: [{ price: 'p', quantity: 2 }],
      on: true,
      kind: 'b',
    });
  });

  it.each([
    ['', { message: 'Missing required param: name.', code: 'parameter_missing', param: 'name' }],
    ['name=x&itemz=1', { message: 'Received unknown parameter: itemz', code: 'parameter_unknown', param: 'itemz' }],
    [
      'name=x&items[0][qty]=1&items[0][price]=p',
      { message: 'Received unknown parameter: items[0][qty]', code: 'parameter_unknown', param: 'items[0][qty]' },
    ],
    [
      'name=x&items[0][quantity]=1',
      { message: 'Missing required param: items[0][price].', code: 'parameter_missing', param: 'items[0][price]' },
    ],
    [
      'name=x&items[0][price]=p&items[0][quantity]=0',
      { message: 'This value must be greater than or equal to 1.', code: 'parameter_invalid_integer', param: 'items[0][quantity]' },
    ],
    ['name=x&on=yes', { message: 'Invalid boolean: yes', code: undefined, param: 'on' }],
    ['name=x&kind=d', { message: 'Invalid kind: must be one of a, b, or c', code: undefined, param: 'kind' }],
  ])('H5: "%s" is refused as Stripe refuses it', (form, expected) => {
    expect(refusal(() => readFields(fields, readForm(form)))).toEqual(expected);
  });

  it('J18: metadata merges, an empty value removes its key, an empty whole removes all', () => {
    const read = (form: string) => readFields({ metadata: metadata() }, readForm(form)).metadata;
    const before = { a: '1', b: '2' };
    expect(mergedMetadata(before, read('metadata[a]=&metadata[c]=3'))).toEqual({ b: '2', c: '3' });
    expect(mergedMetadata(before, read('metadata='))).toEqual({});
    expect(mergedMetadata(before, undefined)).toEqual(before);
  });

  it('J18: metadata has at most 50 keys of 40 characters with values of 500', () => {
    const read = (raw: Record<string, string>) => readFields({ metadata: metadata() }, { metadata: raw });
    expect(refusal(() => read({ ['k'.repeat(41)]: 'v' })).message).toContain('up to 40 characters');
    expect(refusal(() => read({ k: 'v'.repeat(501) })).message).toContain('up to 500 characters');
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
    expect(refusal(() => mergedMetadata({}, many)).message).toContain('50 metadata keys');
  });
});
