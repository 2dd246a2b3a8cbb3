import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CustomerChanged, InvoiceChanged } from '@turnpike/contracts-events';
import { MailServer, until } from '@turnpike/testing';
import { mailTaken } from './send-notification.job.js';
import { aCustomer, anInvoice } from './testing/facts.js';
import { LIVE, SANDBOX, StartedNotifications } from './testing/started-notifications.js';

let world: StartedNotifications;
let mails: MailServer;
beforeAll(async () => {
  mails = await MailServer.start();
  world = await StartedNotifications.start({ SMTP_URL: mails.url, MAIL_ALLOW_LIST: 'Dev@Acme.example' });
});
afterAll(async () => {
  await world?.stop();
  await mails?.down();
});

/** A customer of its own whose payment fails; the mail about it is the only one to that address. */
async function fails(name: string, scope = LIVE): Promise<string> {
  const email = name.includes('@') ? name : `${name}@example.com`;
  const ids = { customerId: `cust_${name}`, stripeId: `cus_${name}` };
  await world.hear(CustomerChanged, scope, aCustomer({ ...ids, email }));
  await world.hear(InvoiceChanged, scope, anInvoice({ invoiceId: `i_${name}`, stripeCustomerId: ids.stripeId }));
  return email;
}
const takenBy = (email: string) => mails.taken.filter(({ to }) => to === email);
const toldTo = async (email: string) => (await world.told('acme-live-key')).find(({ recipient }) => recipient === email);
const isSent = (email: string) => async () => (await toldTo(email))?.status === 'sent';

describe('a live mail', () => {
  it('reaches the mail server in text and HTML, under the Message-ID that was stored before', async () => {
    const email = await fails('ada');
    await until('it is sent', isSent(email));
    const told = await toldTo(email);
    expect(takenBy(email)).toEqual([
      {
        to: email,
        subject: 'We could not collect your payment',
        messageId: told?.messageId,
        text: expect.stringContaining('Hello Ada,'),
        html: expect.stringContaining('<p>Hello Ada,</p>'),
      },
    ]);
    expect(told?.messageId).toMatch(/^<n_[0-9a-f]{32}@acme\.example>$/);
  });

  it('is delayed by a mail server that is away, and not lost', async () => {
    await mails.down();
    const email = await fails('patient');
    await until('it was tried in vain', async () => ((await toldTo(email))?.attempts ?? 0) > 1);
    expect(await toldTo(email)).toMatchObject({ status: 'waiting', lastError: expect.stringContaining('ECONNREFUSED') });
    await mails.up();
    await until('it is sent', isSent(email));
    expect(takenBy(email)).toHaveLength(1);
  });

  it('is tried again when the server says "later", and not when it says "never"', async () => {
    mails.refusal = { code: 451, text: 'later' };
    const later = await fails('later');
    await until('it was tried in vain', async () => (await toldTo(later))?.lastError?.includes('later') === true);
    mails.refusal = { code: 550, text: 'no such mailbox' };
    const never = await fails('never');
    await until('it is refused', async () => (await toldTo(never))?.status === 'refused');
    expect(await toldTo(never)).toMatchObject({ attempts: 1, lastError: expect.stringContaining('no such mailbox') });
    // What the server said to the first one meanwhile was final, too: it is over.
    mails.refusal = null;
    await until('the first one has ended', async () => (await toldTo(later))?.status !== 'waiting');
    expect(takenBy(never)).toEqual([]);
  });

  it('that was taken before a kill goes out once more with the same Message-ID, and nothing else does', async () => {
    const before = mails.taken.length;
    let kills = 0;
    const kill = () => {
      if (kills++ === 0) throw new Error('killed between the server’s 250 and our commit');
    };
    // A subscriber that throws would only be reported; the publish itself is made to fail, as a process that ends does.
    const original = mailTaken.publish.bind(mailTaken);
    Object.defineProperty(mailTaken, 'publish', { value: kill, configurable: true });
    const email = await fails('twice');
    await until('it is sent', isSent(email));
    Object.defineProperty(mailTaken, 'publish', { value: original, configurable: true });
    expect(new Set(takenBy(email).map(({ messageId }) => messageId)).size).toBe(1);
    expect(takenBy(email)).toHaveLength(2);
    expect(mails.taken.length - before).toBe(2);
  });
});

describe('a mail of a sandbox', () => {
  it('reaches nobody but who is on the allow-list', async () => {
    const before = mails.taken.length;
    const stranger = await fails('stranger', SANDBOX);
    await fails('dev@acme.example', SANDBOX);
    await until('the allowed one is sent', async () =>
      (await world.told()).some(({ channel, status }) => channel === 'email' && status === 'sent'),
    );
    expect(mails.taken.slice(before).map(({ to }) => to)).toEqual(['dev@acme.example']);
    expect((await world.told()).find(({ recipient }) => recipient === stranger)).toMatchObject({ channel: 'mailbox', status: 'sent' });
  });
});
