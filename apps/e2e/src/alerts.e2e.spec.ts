import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers } from '@turnpike/customers';
import { entitlements } from '@turnpike/entitlements';
import { gateway } from '@turnpike/gateway';
import { evaluate, parsePromql, readAlerts, readMetrics, readScrape, type Sample, type Scrape } from '@turnpike/metrics';
import { startService, type PostgresPoolClient, type RunningService } from '@turnpike/service';
import { freshDatabases, StandInConnections, TcpProxy, until, type FreshDatabases } from '@turnpike/testing';
import { customerCreated } from './processes-on-kafka.js';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');
const alerts = new Map(readAlerts(CHECKOUT).map((alert) => [alert.alert, parsePromql(alert.expr)]));
const SECRET = 'whsec_signed_by_a_test_that_plays_stripe';
const CONNECTION = 'conn_acme';
const RECEIVED = 'gateway.stripe-event.received.v1';
/** In the order in which they are started, so that each can be asked by the next. */
const WRITERS = ['connections', 'gateway', 'customers'];
/** Those that a test here makes fire; none of them may fire before its fault. */
const PLANTED = [
  'TurnpikeGatewayDown',
  'TurnpikeWebhooksRefused',
  'TurnpikeWebhooksNotStored',
  'TurnpikeDeadLetters',
  'TurnpikePartitionStopped',
  'TurnpikeReaderStuck',
  'TurnpikeOutboxOld',
  'TurnpikeReaderStale',
  'TurnpikeAccessStale',
  'TurnpikeObjectsDirty',
  'TurnpikeObjectsUnverified',
  'TurnpikeConnectionRevoked',
  'TurnpikeJobsGivenUp',
];

/** Real services on the in-process bus, scraped as Prometheus would; faults are planted one after the other, and mended. */
describe('an alert fires on what the running services show', () => {
  let databases: FreshDatabases;
  let connections: StandInConnections;
  let gatewayDatabase: TcpProxy;
  let bus: TcpProxy;
  const running: RunningService[] = [];
  const urls: string[] = [];
  const scrapes: Scrape[] = [];

  beforeAll(async () => {
    databases = await freshDatabases([gateway.plan, customers.plan, entitlements.plan]);
    connections = await StandInConnections.start();
    await connections.receives(databases.inside('gateway'), { organization: 'acme', environment: 'test' }, CONNECTION, [SECRET]);
    gatewayDatabase = await TcpProxy.before(databases.of('gateway').url);
    bus = await TcpProxy.before(databases.of('bus').infrastructureUrl);
    const environmentOf = (service: string) => ({
      DATABASE_URL: databases.of(service).url,
      INFRASTRUCTURE_DATABASE_URL: databases.of(service).infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN: 'a-service-token-of-24-characters',
      WRITER_URLS: [connections.url, ...urls].map((url, at) => `${WRITERS[at]}=${url}`).join(','),
      WEBHOOK_BODY_KEY: Buffer.alloc(32, 7).toString('base64'),
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
    });
    const { url, infrastructureUrl } = databases.of('gateway');
    const started = async (service: RunningService) => {
      running.push(service);
      urls.push(await service.listen());
    };
    await started(
      await startService(gateway, {
        ...environmentOf('gateway'),
        DATABASE_URL: gatewayDatabase.through(url),
        INFRASTRUCTURE_DATABASE_URL: gatewayDatabase.through(infrastructureUrl),
      }),
    );
    await started(await startService(customers, environmentOf('customers')));
    const throughProxy = bus.through(databases.of('bus').infrastructureUrl);
    await started(await startService(entitlements, { ...environmentOf('entitlements'), BUS_DATABASE_URL: throughProxy }));
    await deliver('ada');
    await until('what was delivered is shown', async () => {
      const { rows } = await databases.inside('customers').query(`select 1 from customer where stripe_id = 'cus_ada'`);
      return rows.length === 1;
    });
  });
  afterAll(async () => {
    for (const service of running) await service.stop();
    await connections.stop();
    await gatewayDatabase.refuse();
    await bus.refuse();
    await databases.drop();
  });

  async function scrape(): Promise<void> {
    const pages = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
    scrapes.push(readScrape(pages.join('\n'), Date.now() / 1000));
  }

  async function firing(name: string): Promise<readonly Sample[]> {
    await scrape();
    const expression = alerts.get(name);
    if (!expression) throw new Error(`There is no alert ${name}.`);
    return evaluate(expression, scrapes);
  }

  /** Measured gauges are a few seconds old at most; the pause is between scrapes. */
  async function fires(name: string, about: (labels: Sample['labels']) => boolean = () => true, isFiring = true): Promise<void> {
    await until(
      `${name} ${isFiring ? 'fires' : 'is over'}`,
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return (await firing(name)).some(({ labels }) => about(labels)) === isFiring;
      },
      90_000,
    );
  }

  async function deliver(id: string, change: Record<string, unknown> = {}, secret = SECRET): Promise<number> {
    const body = JSON.stringify({ ...customerCreated(id), ...change });
    const at = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
    const response = await fetch(`${urls[0]}/webhooks/stripe/${CONNECTION}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  }

  /** A message of the gateway's as its outbox has it, with a body that no contract knows. */
  async function announceUnreadable(key: string, announcedAt = new Date()): Promise<void> {
    const wire = `acme/test/${CONNECTION}/${key}`;
    await databases
      .inside('gateway')
      .query(
        `insert into outbox (message_id, organization, environment, topic, partition, key, order_key, body, announced_at) values (uuidv7(), 'acme', 'test', $1, 3, $2, $2, $3, $4)`,
        [RECEIVED, wire, Buffer.from('{"not":"an event"}'), announcedAt],
      );
  }

  it('but not while all is well', async () => {
    await until('the figures are there', async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await scrape();
      return (scrapes.at(-1)?.samples.get('turnpike_follower_proof_age_seconds') ?? []).some(({ value }) => value < 10);
    });
    for (const name of PLANTED) expect({ name, firing: await firing(name) }).toEqual({ name, firing: [] });
  });

  it('and those services show every metric that is written down for them, and no other', () => {
    const shown = running.flatMap(({ registry }) => registry.getMetricsAsArray().map(({ name }) => name));
    const others = /^apps\/(?!gateway|customers|entitlements)/;
    const described = readMetrics(CHECKOUT).flatMap(({ name, file }) => (others.test(file) ? [] : name));
    expect([...new Set(shown)].sort()).toEqual([...described].sort());
  });

  it('when deliveries are refused', async () => {
    await scrape();
    for (let count = 0; count < 4; count++) expect(await deliver(`refused-${count}`, {}, 'whsec_of_somebody_else')).toBe(400);
    await fires('TurnpikeWebhooksRefused', ({ outcome }) => outcome === 'signature_invalid');
  });

  it('when a message is buried, until the letters are gone', async () => {
    await announceUnreadable('cus_unreadable');
    await fires('TurnpikeDeadLetters', ({ service, topic }) => service === 'customers' && topic === RECEIVED);
    await databases.inside('customers').query('delete from dead_letter');
    await fires('TurnpikeDeadLetters', () => true, false);
  });

  it('when nothing of a partition can work', async () => {
    const inside = databases.inside('customers');
    await inside.query('alter table mirrored_object rename to mislaid_object');
    expect(await deliver('stopped')).toBe(200);
    await fires('TurnpikePartitionStopped', ({ service }) => service === 'customers');
    await fires('TurnpikeReaderStuck', ({ service, topic }) => service === 'customers' && topic === RECEIVED);
    await inside.query('alter table mislaid_object rename to mirrored_object');
    await fires('TurnpikeReaderStuck', ({ service }) => service === 'customers', false);
  });

  it('when what was announced is not sent', async () => {
    const blocking: PostgresPoolClient = await databases.inside('bus').connect();
    await blocking.query('begin; lock table relay_partition in exclusive mode');
    await announceUnreadable('cus_late', new Date(Date.now() - 120_000));
    await fires('TurnpikeOutboxOld', ({ service }) => service === 'gateway');
    await blocking.query('rollback');
    blocking.release();
    await fires('TurnpikeOutboxOld', () => true, false);
    await databases.inside('customers').query('delete from dead_letter');
  });

  it('when a gap can not be asked for', async () => {
    await databases
      .inside('customers')
      .query(`insert into gap (topic, partition, from_offset, to_offset) values ($1, 3, 100, 200)`, [RECEIVED]);
    await fires('TurnpikeReaderStale', ({ service, topic }) => service === 'customers' && topic === RECEIVED);
    await databases.inside('customers').query('delete from gap');
  });

  it('when an object stays in doubt, and when it can not be looked up', async () => {
    connections.goesAway();
    const doubtful = { id: `evt_${randomUUID()}`, type: 'customer.updated' };
    const created = customerCreated('ada') as { created: number; data: { object: object } };
    await deliver('ada', {
      ...doubtful,
      created: created.created + 60,
      data: { object: { ...created.data.object, name: 'Third' }, previous_attributes: { name: 'Second' } },
    });
    await until('it is in doubt', async () => {
      const { rowCount } = await databases.inside('customers').query(`update fetch_due set doubted_at = now() - interval '10 minutes'`);
      return (rowCount ?? 0) > 0;
    });
    await fires('TurnpikeObjectsDirty', ({ service, type }) => service === 'customers' && type === 'customer');
    connections.holds({ organization: 'acme', environment: 'test' }, CONNECTION, { status: 'unauthorized' });
    connections.comesBack();
    await fires('TurnpikeObjectsUnverified', ({ service, type }) => service === 'customers' && type === 'customer');
    await fires('TurnpikeObjectsDirty', () => true, false);
  });

  it('when Stripe refuses a key', async () => {
    await databases.inside('gateway').query(`update known_connection set status = 'unauthorized'`);
    await fires('TurnpikeConnectionRevoked', ({ environment }) => environment === 'test');
    await databases.inside('gateway').query(`update known_connection set status = 'created'`);
    await fires('TurnpikeConnectionRevoked', () => true, false);
  });

  it('when delayed work was given up', async () => {
    await databases
      .inside('customers')
      .query(`insert into pgboss.job (name, data, state, completed_on, policy) values ('link-customer', '{}', 'failed', now(), 'short')`);
    await fires('TurnpikeJobsGivenUp', ({ service, job }) => service === 'customers' && job === 'link-customer');
  });

  it('when a replica can not prove that it is fresh', async () => {
    await bus.refuse();
    await fires('TurnpikeAccessStale', ({ service }) => service === 'entitlements');
    await bus.open();
    await fires('TurnpikeAccessStale', () => true, false);
  });

  it('when the gateway’s database is away', async () => {
    await scrape();
    await gatewayDatabase.refuse();
    expect(await deliver('not-stored')).toBe(503);
    await fires('TurnpikeWebhooksNotStored');
    await fires('TurnpikeGatewayDown');
    await gatewayDatabase.open();
    await fires('TurnpikeGatewayDown', () => true, false);
  });
});
