import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { kafkaIsPossible } from '@turnpike/local-kafka';
import { brokerOf, servicesOf } from './launched-processes.js';
import { ALL_READY, isAlive, runToEnd, SERVICE_NAMES, Trial } from './npm-start.js';

const { missing } = await kafkaIsPossible();
/** The same that setup says of all tests on Kafka: without Java they do not run, and CI has none of that. */
const onKafka = missing === null || process.env['CI'] === 'true' ? describe : describe.skip;

/** A killed member's partitions are handed on after this; the default of 30 s would be the better part of these tests. */
const QUICK = { KAFKA_SESSION_TIMEOUT_MS: '6000' };

onKafka('npm start -- --processes', () => {
  let trial: Trial;
  beforeAll(async () => void (trial = await Trial.begin()));
  afterEach(() => trial.killWhatIsLeft());
  afterAll(() => trial.end());

  it('makes a signed webhook a customer and a subscription, over Kafka, at the same URLs, with a process, a role and an environment for every service', async () => {
    const start = await trial.start(['--processes'], QUICK);
    expect(start.output).toMatch(/Turnpike runs at/);
    expect(await trial.run('webhook', ['customer.created', '--customer', 'cus_far'])).toMatchObject({ code: 0 });
    expect(await trial.run('webhook', ['customer.subscription.created', '--customer', 'cus_far'])).toMatchObject({ code: 0 });
    await trial.settled(start, ['cus_far']);
    await start.until(() => start.output.includes('customer.subscription.created'), 5_000);
    await untilSo(async () => (await trial.sql('customers', `select 1 from subscription where status = 'active'`)).length === 1);
    expect(await trial.sql('bus', 'select 1 from message')).toEqual([]);

    const readiness = await fetch(`${start.url}/readyz`);
    expect(await readiness.json()).toEqual(ALL_READY);
    const metrics = await (await fetch(`${start.url}/metrics`)).text();
    expect(metrics).toMatch(/service="gateway"[\s\S]*service="customers"|service="customers"[\s\S]*service="gateway"/);
    expect(await trial.run('turnpike', ['dead-letters', 'list'])).toEqual({ code: 0, output: '0 dead letters.\n' });

    const services = await servicesOf(start);
    expect([...services.keys()].toSorted()).toEqual([...SERVICE_NAMES].toSorted());
    expect(new Set([...services.values(), start.launcherPid]).size).toBe(SERVICE_NAMES.length + 1);

    const sessions = await trial.sql<{ usename: string; datname: string }>(
      'postgres',
      `select distinct usename, datname from pg_stat_activity where usename like 'turnpike%'`,
    );
    expect(sessions.every(({ usename, datname }) => usename === `turnpike_${datname}` || usename === `turnpike_${datname}_infra`)).toBe(
      true,
    );
    expect(new Set(sessions.map(({ datname }) => datname))).toEqual(new Set(SERVICE_NAMES));

    const { output: environment } = await runToEnd('sh', ['-c', `tr '\\0' '\\n' < /proc/${services.get('customers')}/environ`]);
    expect(environment).toContain('turnpike_customers');
    expect(environment).not.toMatch(/turnpike_gateway|postgres:\/\/postgres:|WEBHOOK_BODY_KEY|^HOME=/m);
    await start.controlC();
  });

  it('loses and doubles nothing when services are killed under load, and starts them again', async () => {
    const start = await trial.start(['--processes'], QUICK);
    const load = trial.deliverUntil(start);
    for (const name of ['customers', 'gateway', 'customers']) {
      const seen = load.accepted.length;
      await start.until(() => load.accepted.length > seen + 50, 30_000);
      const pid = (await servicesOf(start)).get(name) ?? 0;
      process.kill(pid, 'SIGKILL');
      await untilSo(async () => ![undefined, pid].includes((await servicesOf(start)).get(name)));
    }
    const seen = load.accepted.length;
    await start.until(() => load.accepted.length > seen + 50, 60_000);
    const accepted = await load.stop();
    const states = await trial.settled(start, accepted);
    expect(accepted.filter((customer) => states.get(customer) !== 1)).toEqual([]);
    expect(start.output.match(/"service\.ended"/g)).toHaveLength(3);
    await start.controlC();
  });

  it('finishes what runs at Ctrl-C, services first and the servers last, and leaves nobody behind', async () => {
    const start = await trial.start(['--processes'], QUICK);
    const before = trial.postgresLog.length;
    const pids = [...(await servicesOf(start)).values(), await brokerOf(start)];
    const load = trial.deliverUntil(start);
    const seen = load.accepted.length;
    await start.until(() => load.accepted.length > seen + 100, 30_000);
    await start.controlC();
    const accepted = await load.stop();
    expect(start.output).toMatch(/service\.stopped[\s\S]*service\.stopped[\s\S]*\nStopped\./);
    expect(start.output).not.toContain('service.ended');
    expect([...pids, trial.postgresPid ?? 0].filter((pid) => pid !== 0 && isAlive(pid))).toEqual([]);
    expect(trial.postgresLog.slice(before)).not.toMatch(/terminating connection/);

    const next = await trial.start(['--processes'], QUICK);
    const states = await trial.settled(next, accepted);
    expect(accepted.filter((customer) => states.get(customer) !== 1)).toEqual([]);
    await next.controlC();
  });

  it('takes its services along when it is killed, and the next start loses and doubles nothing', async () => {
    const start = await trial.start(['--processes'], QUICK);
    const pids = [...(await servicesOf(start)).values(), await brokerOf(start)];
    const load = trial.deliverUntil(start);
    await start.until(() => load.accepted.length > 100, 30_000);
    process.kill(-start.npmPid, 'SIGKILL');
    const accepted = await load.stop();
    await untilSo(async () => pids.every((pid) => !isAlive(pid)));

    const next = await trial.start(['--processes'], QUICK);
    const states = await trial.settled(next, accepted);
    expect(accepted.filter((customer) => states.get(customer) !== 1)).toEqual([]);
    await next.controlC();
  });

  it('starts its Kafka again when that alone is killed, while the gateway goes on accepting', async () => {
    const start = await trial.start(['--processes'], QUICK);
    const load = trial.deliverUntil(start);
    await start.until(() => load.accepted.length > 20, 30_000);
    process.kill(await brokerOf(start), 'SIGKILL');
    const seen = load.accepted.length;
    await start.until(() => load.accepted.length > seen + 100, 30_000);
    const accepted = await load.stop();
    const states = await trial.settled(start, accepted);
    expect(accepted.filter((customer) => states.get(customer) !== 1)).toEqual([]);
    expect(start.output).toMatch(/"server":"kafka"/);
    await start.controlC();
  });

  it('goes on in one process with the rows it had: the bus is a matter of start, not of data', async () => {
    const rows = await (async () => {
      const start = await trial.start(['--processes'], QUICK);
      const found = await trial.customers(start);
      await start.controlC();
      return found;
    })();
    const start = await trial.start();
    await trial.deliver(start.url ?? '', 'cus_after_change_of_bus');
    const states = await trial.settled(start, [...rows.keys(), 'cus_after_change_of_bus']);
    expect(states.size).toBe(rows.size + 1);
    await start.controlC();
  });
});

async function untilSo(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 45_000; Date.now() < end; await delay(100)) if (await isSo()) return;
  throw new Error('It did not come to that within 45 s.');
}
