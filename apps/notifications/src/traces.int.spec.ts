import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CustomerChanged, InvoiceChanged } from '@turnpike/contracts-events';
import { MailServer, SpanReceiver, until } from '@turnpike/testing';
import { aCustomer, anInvoice } from './testing/facts.js';
import { LIVE, StartedNotifications } from './testing/started-notifications.js';

describe('the trace of a fact that somebody is told of', () => {
  let world: StartedNotifications;
  let mails: MailServer;
  let receiver: SpanReceiver;

  beforeAll(async () => {
    mails = await MailServer.start();
    receiver = await SpanReceiver.start();
    world = await StartedNotifications.start({ SMTP_URL: mails.url, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  });
  afterAll(async () => {
    await world?.stop();
    await receiver?.stop();
    await mails?.down();
  });

  it('goes on through the job to the mail server, without the address', async () => {
    await world.hear(CustomerChanged, LIVE, aCustomer({ customerId: 'cust_ada', stripeId: 'cus_ada', email: 'ada@example.com' }));
    await world.hear(InvoiceChanged, LIVE, anInvoice({ invoiceId: 'i_ada', stripeCustomerId: 'cus_ada' }));
    const sent = () => receiver.spans.find(({ name }) => name === 'smtp send');
    const job = () => receiver.ofTrace(sent()?.traceId ?? '').find(({ name }) => name === 'job send-notification');
    await until('the mail is traced', async () => job() !== undefined);

    const names = receiver.ofTrace(sent()?.traceId ?? '').map(({ name }) => name);
    expect(names).toContain('process payments.invoice.changed.v1');
    expect(sent()?.parentSpanId).toBe(job()?.spanId);
    expect(mails.taken.map(({ to }) => to)).toEqual(['ada@example.com']);
    expect(receiver.bodies.join('\n')).not.toContain('ada@example.com');
  });
});
