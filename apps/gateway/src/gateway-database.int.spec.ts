import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, Log, ormOptions, startService } from '@turnpike/service';
import { adminUrl } from '@turnpike/testing';
import { gateway as definition } from './definition.js';
import { KeepEvents } from './keep-events.job.js';
import { anEvent, StartedGateway } from './testing/started-gateway.js';

let gateway: StartedGateway;
let database: Database;
beforeAll(async () => {
  gateway = await StartedGateway.start();
  database = await Database.open({ url: gateway.environment['DATABASE_URL']!, service: 'gateway', entities: [...definition.entities] });
});
beforeEach(() => gateway.empty());
afterAll(async () => {
  await database?.close();
  await gateway?.stop();
});

function asAdministrator(): string {
  const url = new URL(adminUrl());
  url.pathname = `/${gateway.databases.prefix}gateway`;
  return url.href;
}

describe('the gateway’s database', () => {
  it('agrees with the entities, built by the committed migrations only', async () => {
    const orm = await MikroORM.init(ormOptions({ url: asAdministrator(), service: 'gateway', entities: [...definition.entities] }));
    // The road's own tables and the partitions have no entities: they are left as they are.
    const difference = await orm.schema.getUpdateSchemaSQL({ wrap: false, dropTables: false });
    await orm.close(true);
    expect(difference.trim()).toBe('');
  });

  it('shows an organization its own rows and nobody else’s', async () => {
    await gateway.deliver(anEvent(), { connection: 'acme-test' });
    await gateway.deliver(anEvent(), { connection: 'globex-test' });
    for (const table of ['stripe_event', 'stripe_event_body']) {
      expect(await database.transaction('acme', ({ sql }) => sql(`select organization from ${table}`))).toEqual([{ organization: 'acme' }]);
      expect(await database.transaction('nobody', ({ sql }) => sql(`select organization from ${table}`))).toEqual([]);
    }
  });

  it.each(['stripe_event', 'stripe_event_body', 'announce_run'])('fails loudly when %s is read without an organization', async (table) => {
    await expect(database.orm.em.fork().execute(`select * from ${table}`)).rejects.toMatchObject({ code: '28000' });
  });

  it('lets the service neither change nor delete what it has stored, nor see a partition from behind', async () => {
    await gateway.deliver(anEvent());
    for (const statement of [
      'delete from stripe_event',
      `update stripe_event_body set key_id = 'x'`,
      'select * from stripe_event_other_months',
      'drop table stripe_event',
    ]) {
      await expect(database.transaction('acme', ({ sql }) => sql(statement))).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('shows the infrastructure role no event and no body', async () => {
    await gateway.deliver(anEvent());
    const infrastructure = await Database.open({ url: gateway.environment['INFRASTRUCTURE_DATABASE_URL']!, service: 'x', entities: [] });
    for (const table of ['stripe_event', 'stripe_event_body', 'announce_run']) {
      await expect(infrastructure.transaction('acme', ({ sql }) => sql(`select * from ${table}`))).rejects.toMatchObject({ code: '42501' });
    }
    await infrastructure.close();
  });

  it('is refused with a role that could go around row-level security', async () => {
    const start = startService(definition, { ...gateway.environment, DATABASE_URL: asAdministrator() });
    await expect(start).rejects.toThrow(/is a superuser/);
  });
});

describe('what is kept', () => {
  const quiet = Log.of('gateway', 'silent');
  const partitions = async (parent: string) => {
    const { rows } = await gateway.inside.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass order by 1`,
      [parent],
    );
    return rows.map((row) => row.name);
  };
  const utc = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');

  it('has its partitions before it is needed: events by month, bodies by day', async () => {
    expect(await partitions('stripe_event')).toEqual(
      expect.arrayContaining([`stripe_event_${utc(0).slice(0, 6)}`, 'stripe_event_other_months']),
    );
    expect(await partitions('stripe_event_body')).toEqual(
      expect.arrayContaining([`stripe_event_body_${utc(0)}`, `stripe_event_body_${utc(2)}`, 'stripe_event_body_other_days']),
    );
    await gateway.deliver(anEvent());
    expect(await gateway.rows(`stripe_event_${utc(0).slice(0, 6)}`)).toHaveLength(1);
    expect(await gateway.rows(`stripe_event_body_${utc(0)}`)).toHaveLength(1);
  });

  it('is dropped when its time is over: bodies after 30 days, events 90 days after their month, and no sooner', async () => {
    const days = [-29, -30, -31, -32, -33, -34, -35, -36];
    for (const day of days) {
      await gateway.inside.query(
        `create table stripe_event_body_${utc(day)} partition of stripe_event_body for values from ('${utc(day)}') to ('${utc(day + 1)}')`,
      );
    }
    await gateway.inside.query(
      `create table stripe_event_202001 partition of stripe_event for values from ('2020-01-01') to ('2020-02-01')`,
    );
    expect(await new KeepEvents(database, quiet).run()).toBe(7);
    const left = await partitions('stripe_event_body');
    expect(left).toEqual(expect.arrayContaining([`stripe_event_body_${utc(-29)}`, `stripe_event_body_${utc(-30)}`]));
    expect(left).not.toContain(`stripe_event_body_${utc(-31)}`);
    expect(await partitions('stripe_event')).not.toContain('stripe_event_202001');
  });

  it('takes events of any year, and forgets the old ones by when they came', async () => {
    await gateway.deliver(anEvent({ id: 'evt_2014', created: 1_394_000_000 }));
    await gateway.deliver(anEvent({ id: 'evt_2031', created: 1_940_000_000 }));
    await gateway.deliver(anEvent({ id: 'evt_2014', created: 1_394_000_000 }));
    expect(await gateway.rows('stripe_event_other_months')).toHaveLength(2);
    await gateway.inside.query(
      `update stripe_event_other_months set received_at = received_at - interval '91 days' where event_id = 'evt_2014'`,
    );
    await new KeepEvents(database, quiet).run();
    expect(await gateway.rows('stripe_event')).toMatchObject([{ event_id: 'evt_2031' }]);
  });

  it('does not queue deliveries behind a long reader', async () => {
    const reader = await gateway.inside.connect();
    await reader.query('begin');
    await reader.query('select count(*) from stripe_event_body');
    await gateway.inside.query(
      `create table if not exists stripe_event_202002 partition of stripe_event for values from ('2020-02-01') to ('2020-03-01')`,
    );
    await reader.query('select count(*) from stripe_event');
    const keeping = new KeepEvents(database, quiet).run();
    const begun = Date.now();
    expect((await gateway.deliver(anEvent())).status).toBe(200);
    expect(Date.now() - begun).toBeLessThan(2_000);
    expect(await keeping).toBe(0);
    await reader.query('rollback');
    reader.release();
    expect(await new KeepEvents(database, quiet).run()).toBe(1);
  });

  it('is kept by one replica at a time', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => new KeepEvents(database, quiet).run()));
    expect(runs).toEqual([0, 0, 0, 0]);
  });
});
