import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers } from '@turnpike/customers';
import { entitlements } from '@turnpike/entitlements';
import { gateway } from '@turnpike/gateway';
import { startService, type RunningService } from '@turnpike/service';
import { freshDatabases, SpanReceiver, StandInConnections, until, type FreshDatabases, type ReceivedSpan } from '@turnpike/testing';
import { customerCreated } from './processes-on-kafka.js';

const SECRET = 'whsec_that_no_span_may_show';
const SERVICE_TOKEN = 'a-service-token-no-span-may-show';
const CONNECTION = 'conn_acme';
const ROOT = 'POST /webhooks/stripe/:connectionId';

type Name = 'gateway' | 'customers' | 'entitlements';

/** @param bus the settings that name it, once the databases are there */
export function followsOneTrace(name: string, bus: (databases: FreshDatabases) => Promise<Record<string, string>>): void {
  describe(`a trace through ${name}`, () => {
    let databases: FreshDatabases;
    let connections: StandInConnections;
    let receiver: SpanReceiver;
    let busSettings: Record<string, string>;
    const running = new Map<Name, RunningService>();
    let gatewayUrl: string;

    beforeAll(async () => {
      databases = await freshDatabases([gateway.plan, customers.plan, entitlements.plan]);
      connections = await StandInConnections.start();
      receiver = await SpanReceiver.start();
      await connections.receives(databases.inside('gateway'), { organization: 'acme', environment: 'test' }, CONNECTION, [SECRET]);
      busSettings = await bus(databases);
      for (const service of ['gateway', 'customers', 'entitlements'] as const) await start(service);
    });
    afterAll(async () => {
      for (const service of running.values()) await service.stop();
      await receiver.stop();
      await connections.stop();
      await databases.drop();
    });

    async function start(service: Name, traces = true): Promise<void> {
      const { url, infrastructureUrl } = databases.of(service);
      const environment = {
        DATABASE_URL: url,
        INFRASTRUCTURE_DATABASE_URL: infrastructureUrl,
        ...busSettings,
        SERVICE_TOKEN,
        WRITER_URLS: `connections=${connections.url}`,
        WEBHOOK_BODY_KEY: Buffer.alloc(32, 7).toString('base64'),
        LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
        ...(traces ? { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=let%20me%20in' } : {}),
      };
      const started =
        service === 'gateway'
          ? await startService(gateway, environment)
          : service === 'customers'
            ? await startService(customers, environment)
            : await startService(entitlements, environment);
      running.set(service, started);
      if (service === 'gateway') gatewayUrl = await started.listen();
    }

    async function stop(service: Name): Promise<void> {
      await running.get(service)?.stop();
      running.delete(service);
    }

    async function deliver(id: string, eventId = `evt_${id}`): Promise<void> {
      const body = JSON.stringify({ ...customerCreated(id), id: eventId });
      const at = Math.floor(Date.now() / 1000);
      const signature = createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex');
      const response = await fetch(`${gatewayUrl}/webhooks/stripe/${CONNECTION}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` },
        body,
      });
      expect(response.status).toBe(200);
    }

    const deliveries = (): ReceivedSpan[] => receiver.spans.filter((span) => span.name === ROOT);
    const spanOf = (traceId: string, service: string, spanName: string): ReceivedSpan | undefined =>
      receiver.ofTrace(traceId).find((span) => span.service === service && span.name === spanName);
    /** How a message that the gateway told of says its trace, in the outbox. */
    const traceparents = async (service: Name): Promise<Array<string | null>> =>
      (
        await databases
          .inside(service)
          .query<{ traceparent: string | null }>(`select traceparent from outbox where topic not like '%dead%' order by id`)
      ).rows.map((row) => row.traceparent);

    it('goes from the webhook to the gateway, to customers, to entitlements', async () => {
      await deliver('ada');
      await until('the last span has come', async () =>
        deliveries().some(({ traceId }) => spanOf(traceId, 'entitlements', 'process customers.customer.changed.v1') !== undefined),
      );
      const [{ traceId } = { traceId: '' }] = deliveries();
      const spans = receiver.ofTrace(traceId);
      expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['gateway', 'customers', 'entitlements']));
      expect(spanOf(traceId, 'customers', 'process gateway.stripe-event.received.v1')).toBeDefined();

      const ids = new Set(spans.map(({ spanId }) => spanId));
      const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || parentSpanId === '');
      expect(roots.map((span) => span.name)).toEqual([ROOT]);
      expect(spans.filter((span) => !roots.includes(span) && !ids.has(span.parentSpanId ?? ''))).toEqual([]);
      expect((await traceparents('gateway')).filter((one) => one?.includes(traceId))).toHaveLength(1);
      expect((await traceparents('customers')).filter((one) => one?.includes(traceId)).length).toBeGreaterThan(0);
      expect(roots[0]?.attributes).toMatchObject({ 'http.response.status_code': 200, 'http.route': '/webhooks/stripe/:connectionId' });
    });

    it('is kept apart for each of several that were read together, and linked to what read them', async () => {
      await stop('customers');
      // Of one object, so that they lie on one partition.
      const events = ['evt_berta_1', 'evt_berta_2', 'evt_berta_3', 'evt_berta_4'];
      for (const eventId of events) await deliver('berta', eventId);
      await start('customers');
      const together = (): ReceivedSpan[] =>
        receiver.spans.filter((span) => span.name === 'read gateway.stripe-event.received.v1' && span.links.length > 1);
      await until('all of them were processed, some of them together', async () => {
        const traceIds = deliveries().map(({ traceId }) => traceId);
        const isProcessed = (traceId: string) => spanOf(traceId, 'customers', 'process gateway.stripe-event.received.v1') !== undefined;
        return traceIds.length === events.length + 1 && traceIds.every(isProcessed) && together().length > 0;
      });
      const traces = new Set(deliveries().map(({ traceId }) => traceId));
      for (const span of together()) {
        expect(traces.has(span.traceId)).toBe(false);
        expect(span.links.filter(({ traceId }) => !traces.has(traceId))).toEqual([]);
      }
    });

    it('shows nobody’s name, address, payload or secret', () => {
      const said = receiver.bodies.join('\n');
      expect(said).toContain('turnpike.organization');
      for (const secret of [
        'ada@example.com',
        'example.com',
        'cus_ada',
        'evt_ada',
        SECRET,
        SERVICE_TOKEN,
        'turnpike_customers',
        'postgres://',
        CONNECTION,
      ])
        expect({ secret, isSaid: said.includes(secret) }).toEqual({ secret, isSaid: false });
      expect(receiver.headers.every((headers) => headers['x-collector-key'] === 'let me in')).toBe(true);
    });

    it('is none where no collector is configured, and messages carry none', async () => {
      for (const service of ['gateway', 'customers', 'entitlements'] as const) await stop(service);
      await databases.inside('gateway').query('truncate outbox');
      const before = receiver.spans.length;
      await start('gateway', false);
      await deliver('konrad');
      expect(await traceparents('gateway')).toEqual([null]);
      expect(receiver.spans.length).toBe(before);
    });
  });
}
