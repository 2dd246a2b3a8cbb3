import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HOUR } from './billing/calendar.js';
import { PureAccount } from './testing/pure-account.js';

const DAY = 86_400;
const START = Date.UTC(2026, 0, 31, 9) / 1000;

/** A customer on a clock who subscribed on a trial, with two cards: one that pays and one that fails. */
function subscribed(trialDays: number, settings: ConstructorParameters<typeof PureAccount>[0] = {}) {
  const account = new PureAccount(settings);
  const clock = account.call('POST', '/v1/test_helpers/test_clocks', { frozen_time: START }).id;
  const customer = account.call('POST', '/v1/customers', { test_clock: clock }).id;
  const good = account.call('POST', '/v1/payment_methods/pm_card_visa/attach', { customer }).id;
  const bad = account.call('POST', '/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer }).id;
  const product = account.call('POST', '/v1/products', { name: 'Pro' }).id;
  const price = account.call('POST', '/v1/prices', { product, currency: 'usd', unit_amount: 2500, recurring: { interval: 'month' } }).id;
  const other = account.call('POST', '/v1/prices', { product, currency: 'usd', unit_amount: 4000, recurring: { interval: 'month' } }).id;
  use(account, customer, good);
  const items = [{ price }];
  const subscription = account.call('POST', '/v1/subscriptions', { customer, items, trial_period_days: trialDays }).id;
  return { account, clock, customer, good, bad, price, other, subscription };
}

function use(account: PureAccount, customer: string, card: string): void {
  account.call('POST', `/v1/customers/${customer}`, { invoice_settings: { default_payment_method: card } });
}

const objectsOf = ({ state }: PureAccount): unknown[] =>
  state
    .difference()
    .kept.filter(({ object }) => object !== 'event')
    .map((one) => one);

describe('the clock engine', () => {
  it('P7: one advance over a year leaves the same as many short ones, to the letter', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 45 * DAY }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 20 }), fc.constantFrom('good', 'bad'), (steps, trial, card) => {
        const lives = [subscribed(trial), subscribed(trial)].map((life) => {
          use(life.account, life.customer, life[card]);
          return life;
        });
        const [whole, cut] = lives;
        if (whole === undefined || cut === undefined) throw new Error('two lives were made');
        const end = START + 365 * DAY;
        whole.account.advance(whole.clock, end);
        let at = START;
        for (const gap of steps) {
          at = Math.min(end, at + gap);
          cut.account.advance(cut.clock, at);
        }
        cut.account.advance(cut.clock, end);
        expect(objectsOf(cut.account)).toEqual(objectsOf(whole.account));
        expect(cut.account.events).toEqual(whole.account.events);
      }),
      { numRuns: 5 },
    );
  });

  it('P5: things happen in the order of their own times, each told with the time it had', () => {
    const { account, clock, customer, bad } = subscribed(14);
    use(account, customer, bad);
    const before = account.events.length;
    account.advance(clock, START + 60 * DAY);
    const later = account.events.slice(before);
    expect(later.map(({ at }) => at)).toEqual(later.map(({ at }) => at).toSorted((a, b) => a - b));
    const trialEnd = START + 14 * DAY;
    const firstAttempt = trialEnd + HOUR;
    const failures = later.filter(({ type }) => type === 'invoice.payment_failed').map(({ at }) => at);
    expect(failures).toEqual([0, 3, 8, 15].map((days) => firstAttempt + days * DAY));
    expect(later.find(({ type }) => type === 'customer.subscription.trial_will_end')?.at).toBe(trialEnd - 3 * DAY);
    expect(later.find(({ type }) => type === 'customer.subscription.deleted')?.at).toBe(firstAttempt + 15 * DAY);
  });

  it('K20: periods of a subscription made on the 31st end on the last day of each month', () => {
    const { account, clock, subscription } = subscribed(0);
    const ends = [1, 2, 3].map((month) => {
      account.advance(clock, Date.UTC(2026, month, 1) / 1000);
      return account.state.find('subscription', subscription)?.items.data[0]?.current_period_end;
    });
    expect(ends).toEqual([Date.UTC(2026, 1, 28, 9), Date.UTC(2026, 2, 31, 9), Date.UTC(2026, 3, 30, 9)].map((ms) => ms / 1000));
  });

  it('K4: whatever is done to a subscription, its status moves only along the legal ways', () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant('advance' as const), days: fc.integer({ min: 1, max: 40 }) }),
      fc.record({
        kind: fc.constantFrom('good', 'bad', 'pay', 'void', 'cancel-later', 'undo', 'cancel', 'swap', 'pause', 'resume', 'end-trial'),
      }),
    );
    const after = fc.constantFrom('cancel' as const, 'mark_unpaid' as const, 'leave_past_due' as const);
    fc.assert(
      fc.property(fc.array(command, { maxLength: 25 }), fc.integer({ min: 0, max: 10 }), after, (commands, trial, afterLastRetry) => {
        const life = subscribed(trial, { afterLastRetry });
        for (const one of commands) act(life, one);
        for (const { type, object, previous } of life.account.events) {
          if (!type.startsWith('customer.subscription.') || previous?.status === undefined) continue;
          expect(LEGAL).toContain(`${String(previous.status)} → ${String(object.status)}`);
        }
        for (const invoice of life.account.state.list('invoice')) {
          expect(invoice.amount_remaining + invoice.amount_paid).toBe(invoice.amount_due);
          expect(invoice.lines.data.reduce((sum, line) => sum + line.amount, 0)).toBe(invoice.total);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('M2: paid and void invoices never change their status again', () => {
    const life = subscribed(0);
    life.account.advance(life.clock, START + 90 * DAY);
    const finals = life.account.events
      .filter(({ type, previous }) => type === 'invoice.updated' && previous?.status !== undefined)
      .map(({ previous }) => previous?.status);
    expect(new Set(finals)).toEqual(new Set(['draft', 'open']));
  });
});

type Life = ReturnType<typeof subscribed>;

function act({ account, clock, customer, good, bad, price, other, subscription }: Life, one: { kind: string; days?: number }): void {
  const now = account.state.find('test_helpers.test_clock', clock)?.frozen_time ?? START;
  const path = `/v1/subscriptions/${subscription}`;
  const invoice = account.state.list('invoice').at(-1)?.id ?? '';
  const current = account.state.find('subscription', subscription)?.items.data[0];
  const target = current?.price.id === price ? other : price;
  const acts: Record<string, () => unknown> = {
    advance: () => account.advance(clock, now + (one.days ?? 1) * DAY),
    good: () => use(account, customer, good),
    bad: () => use(account, customer, bad),
    pay: () => account.call('POST', `/v1/invoices/${invoice}/pay`),
    void: () => account.call('POST', `/v1/invoices/${invoice}/void`),
    'cancel-later': () => account.call('POST', path, { cancel_at_period_end: true }),
    undo: () => account.call('POST', path, { cancel_at_period_end: false }),
    cancel: () => account.call('DELETE', path),
    swap: () => account.call('POST', path, { items: [{ id: current?.id ?? '', price: target }], proration_behavior: 'always_invoice' }),
    pause: () => account.call('POST', `${path}/pause`),
    resume: () => account.call('POST', `${path}/resume`),
    'end-trial': () => account.call('POST', path, { trial_end: 'now' }),
  };
  try {
    acts[one.kind]?.();
  } catch (error) {
    // What is not allowed in this state is refused with Stripe's words; only a bug throws anything else.
    if (!(error instanceof Error && error.name === 'StripeError')) throw error;
  }
}

/** Checklist, below K22. */
const LEGAL = [
  ...['active', 'incomplete_expired'].map((to) => `incomplete → ${to}`),
  ...['active', 'past_due', 'canceled', 'paused'].map((to) => `trialing → ${to}`),
  ...['past_due', 'canceled', 'paused', 'trialing', 'unpaid'].map((to) => `active → ${to}`),
  ...['active', 'canceled', 'unpaid'].map((to) => `past_due → ${to}`),
  ...['active', 'canceled'].map((to) => `unpaid → ${to}`),
  ...['active', 'past_due', 'canceled'].map((to) => `paused → ${to}`),
];
