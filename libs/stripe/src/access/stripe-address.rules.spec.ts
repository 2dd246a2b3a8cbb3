import { describe, expect, it } from '@jest/globals';
import { readKey, refusalOfAddress, refusalOfKey } from './stripe-address.rules.js';

describe('a key', () => {
  it('says its kind, its mode and its last four characters', () => {
    expect(readKey('sk_test_51Habcdefgh')).toEqual({ kind: 'secret', mode: 'test', last4: 'efgh' });
    expect(readKey('rk_live_51Habcdefgh')).toEqual({ kind: 'restricted', mode: 'live', last4: 'efgh' });
    expect(readKey('pk_test_51Habcdefgh')).toMatchObject({ kind: 'publishable' });
  });

  it.each(['', 'sk_test_', 'whsec_abcdefgh', 'sk_org_abcdefgh', 'sk_prod_abcdefgh', ' sk_test_abcdefgh'])('is none: "%s"', (text) => {
    expect(readKey(text)).toBeNull();
  });

  it('is used in the environments of its mode only', () => {
    expect(refusalOfKey('live', 'sk_test_abcdefgh')).toContain('live');
    expect(refusalOfKey('test', 'rk_live_abcdefgh')).toContain('test');
    expect(refusalOfKey('sandbox', 'sk_live_abcdefgh')).toContain('test');
    expect(refusalOfKey('test', 'pk_test_abcdefgh')).toContain('secret or restricted');
    expect(refusalOfKey('sandbox', 'sk_test_abcdefgh')).toBeNull();
  });
});

describe('the address of Stripe', () => {
  it('is one for test and live, and nothing else', () => {
    for (const environment of ['test', 'live'] as const) {
      expect(refusalOfAddress(environment, 'https://api.stripe.com')).toBeNull();
      for (const elsewhere of [
        'http://api.stripe.com',
        'https://api.stripe.com.example.com',
        'http://127.0.0.1:12111',
        'https://stripe.com',
        'https://api.stripe.com:8443',
      ])
        expect(refusalOfAddress(environment, elsewhere)).not.toBeNull();
    }
  });

  it.each([
    'http://127.0.0.1:12111',
    'http://localhost:12111',
    'http://[::1]:12111',
    'http://10.1.2.3',
    'http://172.16.0.1',
    'http://192.168.1.1:80',
    'http://sandbox:12111',
    'http://sandbox.turnpike.svc',
    'http://host.docker.internal:12111',
    'http://[fd00::1]:80',
  ])('may be %s for the sandbox', (address) => {
    expect(refusalOfAddress('sandbox', address)).toBeNull();
  });

  it.each([
    'https://api.stripe.com',
    'https://API.STRIPE.COM',
    'https://stripe.com.',
    'https://files.stripe.com',
    'https://example.com',
    'http://8.8.8.8',
    'http://172.32.0.1',
    'http://2130706433.example.com',
    'http://[2001:db8::1]',
    'http://[::ffff:8.8.8.8]',
    'ftp://127.0.0.1',
    'http://user:password@127.0.0.1',
    'http://127.0.0.1/v1',
    'nonsense',
  ])('may not be %s for the sandbox', (address) => {
    expect(refusalOfAddress('sandbox', address)).not.toBeNull();
  });
});
