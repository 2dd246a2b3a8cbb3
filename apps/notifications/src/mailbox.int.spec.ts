import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessChanged, ClockChanged, CustomerChanged, InvoiceChanged, SubscriptionChanged } from '@turnpike/contracts-events';
import { freshDatabases, schemaDifference, until } from '@turnpike/testing';
import { notifications } from './definition.js';
import { anAccess, aCustomer, anInvoice, aSubscription, inDays } from './testing/facts.js';
import { GLOBEX, LIVE, SANDBOX, StartedNotifications } from './testing/started-notifications.js';

let world: StartedNotifications;
beforeAll(async () => {
  world = await StartedNotifications.start();
});
afterAll(() => world?.stop());

const subjectsOf = async (customerId: string) =>
  ((await world.get(`/v1/mailbox?customer=${customerId}`)).body['data'] as { subject: string }[])
    .map(({ subject }) => subject)
    .toReversed();

describe('outside live', () => {
  it('every mail goes to the mailbox, once for its cause, whatever is heard twice', async () => {
    const customer = { customerId: 'cust_once', stripeId: 'cus_once' };
    await world.hear(CustomerChanged, SANDBOX, aCustomer(customer));
    const moved = { kind: 'reduced', from: 'full', to: 'core', reason: 'past_due', at: inDays(0), cause: 'once/reduced' } as const;
    for (let times = 0; times < 2; times++) {
      await world.hear(InvoiceChanged, SANDBOX, anInvoice({ invoiceId: 'i_once', stripeCustomerId: 'cus_once' }));
      await world.hear(AccessChanged, SANDBOX, anAccess(moved, { customerId: 'cust_once' }));
      await world.hear(
        AccessChanged,
        SANDBOX,
        anAccess({ ...moved, kind: 'reactivated', to: 'full', cause: 'once/back' }, { customerId: 'cust_once' }),
      );
      await world.hear(
        SubscriptionChanged,
        SANDBOX,
        aSubscription({ subscriptionId: 'subn_once', customerId: 'cust_once', status: 'canceled', endedAt: inDays(0) }),
      );
    }
    expect(await subjectsOf('cust_once')).toEqual([
      'We could not collect your payment',
      'Your access has been reduced',
      'Welcome back',
      expect.stringMatching(/^Your plan ended on/),
    ]);
    const { rows } = await world.inside.query<{ n: string }>(
      `select count(*) as n from outbox where topic = 'notifications.notification.sent.v1' and order_key like '%cust_once'`,
    );
    expect(rows[0]?.n).toBe('4');
  });

  it('a mail waits for the address of a customer of whom nothing has been heard', async () => {
    await world.hear(InvoiceChanged, SANDBOX, anInvoice({ invoiceId: 'i_early', stripeCustomerId: 'cus_late' }));
    expect((await world.told()).find(({ status }) => status === 'no-address')).toMatchObject({ recipient: null });
    await world.hear(CustomerChanged, SANDBOX, aCustomer({ customerId: 'cust_late', stripeId: 'cus_late', email: null }));
    expect(await subjectsOf('cust_late')).toEqual([]);
    expect((await world.told()).find(({ status }) => status === 'no-address')).toBeDefined();
    await world.hear(CustomerChanged, SANDBOX, aCustomer({ customerId: 'cust_late', stripeId: 'cus_late', email: 'late@example.com' }));
    expect((await world.told()).find(({ recipient }) => recipient === 'late@example.com')).toMatchObject({
      status: 'sent',
      channel: 'mailbox',
    });
  });

  it('a trial’s end is told by the clock of the customer, when it comes to within three days', async () => {
    const clockId = 'clock_1';
    await world.hear(CustomerChanged, SANDBOX, aCustomer({ customerId: 'cust_trial', stripeId: 'cus_trial', clockId }));
    const trial = {
      subscriptionId: 'subn_trial',
      customerId: 'cust_trial',
      clockId,
      status: 'trialing',
      trialEndsAt: '2030-01-15T00:00:00Z',
    } as const;
    await world.hear(SubscriptionChanged, SANDBOX, aSubscription(trial));
    const stands = (frozenAt: string, n: number) =>
      world.hear(ClockChanged, SANDBOX, { clockId, connectionId: 'con_1', frozenAt, deletedAt: null, version: { epoch: 1, n } });
    await stands('2030-01-11T23:59:59Z', 1);
    expect(await subjectsOf('cust_trial')).toEqual([]);
    await stands('2030-01-12T00:00:00Z', 2);
    await stands('2030-01-13T00:00:00Z', 3);
    expect(await subjectsOf('cust_trial')).toEqual(['Your trial ends on 15 January 2030']);
  });

  it('a trial’s end is told by everybody’s clock where there is no other, on its day', async () => {
    await world.hear(CustomerChanged, SANDBOX, aCustomer({ customerId: 'cust_wall', stripeId: 'cus_wall' }));
    const trialEndsAt = new Date(Date.now() + 3 * 24 * 3600 * 1000 + 1_500).toISOString();
    const trial = { subscriptionId: 'subn_wall', customerId: 'cust_wall', status: 'trialing', trialEndsAt } as const;
    await world.hear(SubscriptionChanged, SANDBOX, aSubscription(trial));
    expect(await subjectsOf('cust_wall')).toEqual([]);
    await until('the reminder’s day has come', async () => (await subjectsOf('cust_wall')).length === 1);
  });

  it('what happened longer than a week ago is no news', async () => {
    await world.hear(CustomerChanged, SANDBOX, aCustomer({ customerId: 'cust_old', stripeId: 'cus_old' }));
    const ended = { subscriptionId: 'subn_old', customerId: 'cust_old', status: 'canceled', endedAt: inDays(-8) } as const;
    await world.hear(SubscriptionChanged, SANDBOX, aSubscription(ended));
    expect(await subjectsOf('cust_old')).toEqual([]);
  });

  it('a kind of news that was turned off is not told, until it is turned on', async () => {
    await world.hear(CustomerChanged, SANDBOX, aCustomer({ customerId: 'cust_off', stripeId: 'cus_off' }));
    expect((await world.put('/v1/notification_rules/CANCEL.ENTITLEMENT', { isOn: false })).body).toMatchObject({ isOn: false });
    const ended = (subscriptionId: string) =>
      aSubscription({ subscriptionId, customerId: 'cust_off', status: 'canceled', endedAt: inDays(0) });
    await world.hear(SubscriptionChanged, SANDBOX, ended('subn_off'));
    expect(await subjectsOf('cust_off')).toEqual([]);
    await world.put('/v1/notification_rules/CANCEL.ENTITLEMENT', { isOn: true });
    await world.hear(SubscriptionChanged, SANDBOX, ended('subn_on'));
    expect(await subjectsOf('cust_off')).toHaveLength(1);
    expect(await world.put('/v1/notification_rules/WEATHER.TODAY', { isOn: true })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });

  it('shows the mailbox page, which knows nothing without a key', async () => {
    const page = await world.page('/mailbox');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).not.toContain('example.com');
    expect((await world.page('/v1/mailbox')).status).toBe(401);
  });
});

describe('another organization', () => {
  it('sees no mail of this one, and asks for one in vain', async () => {
    const [mine] = await world.told();
    expect(await world.told('globex-key')).toEqual([]);
    expect(await world.told('globex-key', 'mailbox')).toEqual([]);
    const theirs = await world.get(`/v1/notifications/${mine?.id}`, 'globex-key');
    const nobodys = await world.get(`/v1/notifications/n_${'0'.repeat(32)}`, 'globex-key');
    expect(theirs.status).toBe(404);
    expect({ ...theirs.body, detail: '', instance: '', requestId: '' }).toEqual({
      ...nobodys.body,
      detail: '',
      instance: '',
      requestId: '',
    });
  });

  it('may have a customer and a cause of the same name', async () => {
    await world.hear(CustomerChanged, GLOBEX, aCustomer({ customerId: 'cust_once', stripeId: 'cus_once', email: 'theirs@example.com' }));
    await world.hear(InvoiceChanged, GLOBEX, anInvoice({ invoiceId: 'i_once', stripeCustomerId: 'cus_once' }));
    expect((await world.told('globex-key')).map(({ recipient }) => recipient)).toEqual(['theirs@example.com']);
  });
});

describe('in live', () => {
  it('a mail waits while there is no mail server, and says so', async () => {
    await world.hear(CustomerChanged, LIVE, aCustomer({ email: 'live@example.com' }));
    await world.hear(InvoiceChanged, LIVE, anInvoice());
    await until('it was tried', async () => ((await world.told('acme-live-key'))[0]?.attempts ?? 0) > 0);
    await until('it says why', async () => (await world.told('acme-live-key'))[0]?.lastError !== null);
    expect((await world.told('acme-live-key'))[0]).toMatchObject({
      status: 'waiting',
      channel: 'email',
      lastError: 'No mail server is set: set SMTP_URL.',
    });
  });
});

describe('the migrations', () => {
  it('build the tables that the entities describe', async () => {
    const databases = await freshDatabases([notifications.plan]);
    expect(await schemaDifference(databases, notifications)).toEqual([]);
    await databases.drop();
  });
});
