import { describe, expect, it } from '@jest/globals';
import { mailOf } from './mail.rules.js';
import type { Happening } from './news.rules.js';

const failed: Happening = {
  scope: 'PAYMENT_FAILED.SUBSCRIPTION',
  amount: 4900,
  currency: 'usd',
  invoiceNumber: 'ACME-0001',
  declineCode: 'insufficient_funds',
  nextAttemptAt: new Date('2026-12-08T00:00:00Z'),
  payUrl: null,
};

describe('a mail', () => {
  it('says the same in text and in HTML', () => {
    const { text, html, subject } = mailOf(failed, 'Ada');
    expect(subject).toBe('We could not collect your payment');
    expect(text).toContain('Hello Ada,');
    expect(text).toContain('We could not collect $49.00 for invoice ACME-0001: the card did not have enough funds.');
    expect(text).toContain('tried again on 8 December 2026');
    for (const line of text.trim().split('\n\n')) expect(html).toContain(line);
  });

  it.each([
    [500, 'jpy', '¥500'],
    [1234, 'kwd', 'KWD 1.234'],
    [1999, 'eur', '€19.99'],
  ])('writes %i of %s as %s: minor units are the currency’s own', (amount, currency, written) => {
    expect(mailOf({ ...failed, amount, currency }, null).text.replaceAll('\u00a0', ' ')).toContain(written);
  });

  it('shows what a customer is called and nothing that it could do', () => {
    const { html, text } = mailOf({ ...failed, payUrl: 'https://pay.example/?a=1&b="2"' }, '<script>alert(1)</script>');
    expect(html).not.toContain('<script>');
    expect(html).toContain('href="https://pay.example/?a=1&amp;b=&quot;2&quot;"');
    expect(text).toContain('Pay now: https://pay.example/?a=1&b="2"');
  });

  it('says nothing of a bank’s word that helps nobody', () => {
    expect(mailOf({ ...failed, declineCode: 'do_not_honor' }, null).text).toContain('for invoice ACME-0001.');
  });
});
