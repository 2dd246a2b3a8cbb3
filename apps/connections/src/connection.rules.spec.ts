import { describe, expect, it } from '@jest/globals';
import { ingestModeOf, refusalOfKeys, webhookUrlOf } from './connection.rules.js';

const test = { secretKey: 'sk_test_abcdefgh', publishableKey: 'pk_test_abcdefgh' };
const live = { secretKey: 'sk_live_abcdefgh', publishableKey: 'pk_live_abcdefgh' };

describe('a pair of keys', () => {
  it('fits the environment whose mode it is of', () => {
    expect(refusalOfKeys('test', 'manage', test)).toBeNull();
    expect(refusalOfKeys('sandbox', 'manage', test)).toBeNull();
    expect(refusalOfKeys('live', 'manage', live)).toBeNull();
  });

  it('of the other mode is refused', () => {
    expect(refusalOfKeys('live', 'manage', test)).toBe('mode_mismatch');
    expect(refusalOfKeys('test', 'manage', live)).toBe('mode_mismatch');
    expect(refusalOfKeys('sandbox', 'manage', live)).toBe('mode_mismatch');
  });

  it('of two modes is no pair', () => {
    expect(refusalOfKeys('test', 'manage', { ...test, publishableKey: live.publishableKey })).toBe('key_pair_mismatch');
  });

  it('with a secret key that may do everything is refused for reading signals, and a restricted one is not', () => {
    expect(refusalOfKeys('test', 'signals_readonly', test)).toBe('key_too_wide');
    expect(refusalOfKeys('test', 'signals_readonly', { ...test, secretKey: 'rk_test_abcdefgh' })).toBeNull();
  });
});

describe('the address that Stripe sends to', () => {
  const addresses = { publicUrl: 'https://turnpike.example.com', selfUrl: 'http://127.0.0.1:8080' };

  it('is the public one for Stripe, and our own for the Sandbox', () => {
    expect(webhookUrlOf('test', 'con_1', addresses)).toBe('https://turnpike.example.com/webhooks/stripe/con_1');
    expect(webhookUrlOf('sandbox', 'con_1', addresses)).toBe('http://127.0.0.1:8080/webhooks/stripe/con_1');
  });

  it('is none where there is none, or where live mode would need https', () => {
    expect(webhookUrlOf('live', 'con_1', { ...addresses, publicUrl: undefined })).toBeNull();
    expect(webhookUrlOf('live', 'con_1', { ...addresses, publicUrl: 'http://turnpike.example.com' })).toBeNull();
    expect(webhookUrlOf('test', 'con_1', { ...addresses, publicUrl: 'http://turnpike.example.com' })).not.toBeNull();
  });
});

describe('the way that events arrive', () => {
  const facts = { hasKeys: true, hasDeclaredSecret: false, hasEndpoint: false, isEndpointInDoubt: false };

  it('is polling without an endpoint, webhooks with one, and both where it is in doubt', () => {
    expect(ingestModeOf(facts)).toBe('polling');
    expect(ingestModeOf({ ...facts, hasEndpoint: true })).toBe('webhook');
    expect(ingestModeOf({ ...facts, hasEndpoint: true, isEndpointInDoubt: true })).toBe('both');
    expect(ingestModeOf({ ...facts, hasDeclaredSecret: true })).toBe('both');
    expect(ingestModeOf({ ...facts, hasKeys: false, hasDeclaredSecret: true })).toBe('webhook');
  });
});
