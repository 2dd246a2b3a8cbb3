import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KeyRing, open, seal, type Place } from './secret-cipher.js';

const place: Place = { organization: 'acme', environment: 'test', table: 'connection_secret', row: 'sec_1', version: 1 };
const key = randomBytes(32);

describe('a sealed secret', () => {
  it('opens where it belongs, and looks different each time', () => {
    const sealed = seal(key, place, Buffer.from('sk_test_abc'));
    expect(open(key, place, sealed).toString()).toBe('sk_test_abc');
    expect(sealed.toString('latin1')).not.toContain('sk_test');
    expect(seal(key, place, Buffer.from('sk_test_abc'))).not.toEqual(sealed);
  });

  it.each([{ organization: 'globex' }, { environment: 'live' }, { table: 'data_key' as const }, { row: 'sec_2' }, { version: 2 }])(
    'does not open elsewhere: %j',
    (elsewhere) => {
      const sealed = seal(key, place, Buffer.from('sk_test_abc'));
      expect(() => open(key, { ...place, ...elsewhere }, sealed)).toThrow('does not open');
    },
  );

  it('does not open when one bit of it was changed', () => {
    const sealed = seal(key, place, Buffer.from('sk_test_abc'));
    for (const at of [0, 12, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => open(key, place, changed)).toThrow('does not open');
    }
  });
});

describe('the key of keys', () => {
  const [old, current] = [randomBytes(32), randomBytes(32)];

  it('opens what the one before it has wrapped, and no other', () => {
    const before = new KeyRing(old);
    const wrapped = before.wrap(place, key);
    expect(new KeyRing(current, old).unwrap(place, before.current, wrapped)).toEqual(key);
    expect(() => new KeyRing(current).unwrap(place, before.current, wrapped)).toThrow('SECRETS_KEY_BEFORE');
  });
});
