import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SpanReceiver, StandInConnections, until } from '@turnpike/testing';
import { ACME_SANDBOX, StartedCustomers } from './testing/started-customers.js';
import { StandInStripe } from './testing/stand-in-stripe.js';
import { aCustomer, anEvent } from './testing/stripe-events.js';

const KEY = 'sk_test_that_no_span_may_show';

describe('the trace of an event that puts an object in doubt', () => {
  let connections: StandInConnections;
  let stripe: StandInStripe;
  let receiver: SpanReceiver;
  let world: StartedCustomers;

  beforeAll(async () => {
    connections = await StandInConnections.start();
    stripe = await StandInStripe.start();
    receiver = await SpanReceiver.start();
    connections.holds(ACME_SANDBOX, 'acme-test', { secretKey: KEY, baseUrl: stripe.url });
    world = await StartedCustomers.start(connections.url, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  });
  afterAll(async () => {
    await world?.stop();
    await receiver?.stop();
    await stripe?.stop();
    await connections?.stop();
  });

  it('goes on to the look-up at Stripe and to what that changes', async () => {
    stripe.has(aCustomer('cus_traced', { name: 'Fourth' }));
    await world.hear(ACME_SANDBOX, anEvent('customer.created', aCustomer('cus_traced')));
    const contradiction = { previousAttributes: { name: 'Second' } };
    await world.hear(ACME_SANDBOX, anEvent('customer.updated', aCustomer('cus_traced', { name: 'Third' }), 50, contradiction));
    const asked = () => receiver.spans.find(({ name }) => name === 'GET stripe customers');
    const fetched = () => receiver.ofTrace(asked()?.traceId ?? '').find(({ name }) => name === 'fetch customer');
    await until('the look-up is traced', async () => fetched() !== undefined);

    const spans = receiver.ofTrace(asked()?.traceId ?? '');
    const process = spans.find(({ name }) => name === 'process gateway.stripe-event.received.v1');
    expect(fetched()?.parentSpanId).toBe(process?.spanId);
    expect(asked()?.parentSpanId).toBe(fetched()?.spanId);
    expect(asked()?.attributes).toMatchObject({ 'http.response.status_code': 200, 'url.template': '/v1/customers' });
    const told = await world.rows<{ traceparent: string }>(
      `select traceparent from outbox where topic = 'customers.customer.changed.v1' order by id desc limit 1`,
    );
    expect(told[0]?.traceparent).toContain(asked()?.traceId);
  });

  it('names neither the customer nor the key', () => {
    const said = receiver.bodies.join('\n');
    for (const secret of [KEY, 'cus_traced', 'Fourth', 'acme-test'])
      expect({ secret, isSaid: said.includes(secret) }).toEqual({ secret, isSaid: false });
  });

  it('is counted as a request to Stripe, by what was asked for and how it was answered', async () => {
    expect(await world.metrics()).toMatch(
      /turnpike_stripe_requests_total\{method="GET",resource="customers",outcome="ok",service="customers"\} [1-9]/,
    );
  });
});
