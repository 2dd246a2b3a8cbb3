import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessChanged, CustomerChanged, PlanVersionChanged, SubscriptionChanged } from '@turnpike/contracts-events';
import { aCustomer, aSubscriptionOf, FREE_PLAN, PRO, V } from './testing/messages.js';
import { ACME_TEST, StartedEntitlements } from './testing/started-entitlements.js';

const PATH = '/v1/entitlements/c_ada/export';

describe('two replicas', () => {
  let started: StartedEntitlements;
  let version = 1;
  beforeAll(async () => {
    started = await StartedEntitlements.start(2);
    await started.hear(PlanVersionChanged, ACME_TEST, PRO, FREE_PLAN);
    await started.hear(CustomerChanged, ACME_TEST, aCustomer('c_ada'));
    await becomes('active');
    for (const replica of started.replicas) await started.answers(PATH, { hasAccess: true }, replica);
  });
  afterAll(async () => {
    await started?.stop();
  });

  async function becomes(status: 'active' | 'canceled'): Promise<void> {
    await started.tell(SubscriptionChanged, ACME_TEST, aSubscriptionOf('c_ada', { status, version: V(version++) }));
  }

  it('answer a change within a second, each', async () => {
    for (const status of ['canceled', 'active', 'canceled', 'active'] as const) {
      const began = Date.now();
      await becomes(status);
      await Promise.all(started.replicas.map((replica) => started.answers(PATH, { hasAccess: status === 'active' }, replica)));
      expect(Date.now() - began).toBeLessThan(1_000);
    }
  });

  it('answer what they last knew when the bus is gone, and say that it may be old; the other one goes on', async () => {
    const [cut, other] = started.replicas;
    await cut!.bus.refuse();
    await started.answers(PATH, { hasAccess: true, isStale: true }, cut);
    await becomes('canceled');
    await started.answers(PATH, { hasAccess: false, isStale: false }, other);
    await started.answers(PATH, { hasAccess: true, isStale: true }, cut);
    await cut!.bus.open();
    await started.answers(PATH, { hasAccess: false, isStale: false }, cut);
    await becomes('active');
    await started.answers(PATH, { hasAccess: true }, cut);
  });

  it('load again when the log has gone on without them', async () => {
    const [cut, other] = started.replicas;
    await cut!.bus.refuse();
    await becomes('canceled');
    await started.answers(PATH, { hasAccess: false }, other);
    const bus = started.databases.inside('bus');
    await bus.query(
      `insert into log_start (topic, partition, first_offset) select topic, partition, max("offset") + 1 from message where topic = $1 group by topic, partition`,
      [AccessChanged.name],
    );
    await bus.query('delete from message where topic = $1', [AccessChanged.name]);
    await cut!.bus.open();
    await started.answers(PATH, { hasAccess: false, isStale: false }, cut);
  });

  it('say that they may be old when what was told is not sent', async () => {
    const holder = await started.databases.inside('bus').connect();
    try {
      await holder.query('begin');
      // Nothing can be booked, and so nothing appended; the log itself answers as ever, and every replica stands at its end.
      await holder.query(`select 1 from relay_window where service = 'entitlements' for update`);
      await becomes('active');
      for (const replica of started.replicas) await started.answers(PATH, { hasAccess: false, isStale: true }, replica, 15_000);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    for (const replica of started.replicas) await started.answers(PATH, { hasAccess: true, isStale: false }, replica, 15_000);
  });

  it('know everybody from the first answer on, after a restart', async () => {
    await becomes('active');
    for (const replica of started.replicas) await started.answers(PATH, { hasAccess: true }, replica);
    await started.stopReplicas();
    const replica = await started.startReplica();
    expect((await started.get(PATH, 'acme-test-key', replica)).body).toMatchObject({ hasAccess: true, isStale: false });
  });
});
