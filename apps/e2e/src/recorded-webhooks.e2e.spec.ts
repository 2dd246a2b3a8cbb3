import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, EVENT_OUTCOMES } from '@turnpike/customers';
import { gateway } from '@turnpike/gateway';
import { startService, type RunningService } from '@turnpike/service';
import { freshDatabases, StandInConnections, type FreshDatabases } from '@turnpike/testing';

/** Recorded traffic is read from where STRIPE_FIXTURES points and is no part of this repository. */
const FOLDER = process.env['STRIPE_FIXTURES'] ?? '';
const SECRET = 'whsec_recorded_bodies_are_signed_with_this';
const TOPIC = 'gateway.stripe-event.received.v1';

interface Recording {
  readonly name: string;
  readonly body: Buffer;
  readonly type: string;
  readonly livemode: boolean;
  readonly parsed: unknown;
  /** One for each body: many of them share an event id, and none shall meet what another left behind. */
  readonly connectionId: string;
}

const RECORDINGS = ['supabase-sync-engine-events', 'stripe-ruby-mock-events'].flatMap(filesIn).map(recordingOf);

function filesIn(folder: string): string[] {
  const path = join(FOLDER, folder);
  if (FOLDER === '' || !existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .map((file) => join(path, file));
}

function recordingOf(file: string, at: number): Recording {
  const body = readFileSync(file);
  const parsed = JSON.parse(body.toString('utf8')) as { type: string; livemode: boolean };
  return {
    name: file.split('/').slice(-2).join('/'),
    body,
    parsed,
    type: parsed.type,
    livemode: parsed.livemode,
    connectionId: `recorded-${at}`,
  };
}

function signatureOf(body: Buffer): string {
  const now = Math.floor(Date.now() / 1000);
  return `t=${now},v1=${createHmac('sha256', SECRET).update(`${now}.`).update(body).digest('hex')}`;
}

/** The value at `data.object.items.data.0.id`. Null for what is absent. */
function valueAt(from: string, value: unknown): unknown {
  let found = value;
  for (const key of from.split('.'))
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined;
  return found ?? null;
}

const recorded = RECORDINGS.length > 0 ? describe : describe.skip;
if (RECORDINGS.length === 0)
  process.stderr.write('NOT RUN: recorded webhook bodies through the real route (set STRIPE_FIXTURES to the folder that holds them)\n');

recorded('a recorded webhook body', () => {
  let databases: FreshDatabases;
  let connections: StandInConnections;
  const running: RunningService[] = [];
  const answers = new Map<string, { status: number; body: unknown }>();

  beforeAll(async () => {
    databases = await freshDatabases([gateway.plan, customers.plan]);
    connections = await StandInConnections.start();
    for (const { connectionId, livemode } of RECORDINGS) {
      const scope = { organization: 'acme', environment: livemode ? ('live' as const) : ('test' as const) };
      await connections.receives(databases.inside('gateway'), scope, connectionId, [SECRET]);
    }
    const environmentOf = (service: string) => ({
      DATABASE_URL: databases.of(service).url,
      INFRASTRUCTURE_DATABASE_URL: databases.of(service).infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      WRITER_URLS: `connections=${connections.url}`,
      SERVICE_TOKEN: randomBytes(24).toString('hex'),
      WEBHOOK_BODY_KEY: randomBytes(32).toString('base64'),
      LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
    });
    const door = await startService(gateway, environmentOf('gateway'));
    running.push(door, await startService(customers, environmentOf('customers')));
    const url = await door.listen();
    for (const { connectionId, body } of RECORDINGS) {
      const response = await fetch(`${url}/webhooks/stripe/${connectionId}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signatureOf(body) },
        body: new Uint8Array(body),
      });
      answers.set(connectionId, { status: response.status, body: await response.json() });
    }
    await untilAllIsRead();
  });

  afterAll(async () => {
    for (const service of running.reverse()) await service.stop();
    await databases?.drop();
    await connections?.stop();
  });

  async function untilAllIsRead(): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const told = await databases.inside('gateway').query<{ n: string }>('select count(*) as n from outbox');
      const heads = await databases
        .inside('bus')
        .query<{ partition: number; number: string }>('select partition, number from relay_partition where topic = $1', [TOPIC]);
      const places = await databases
        .inside('customers')
        .query<{ partition: number; next_offset: string }>(
          `select partition, next_offset from place where organization = '' and topic = $1`,
          [TOPIC],
        );
      const place = new Map(places.rows.map((row) => [row.partition, BigInt(row.next_offset)]));
      const appended = heads.rows.reduce((sum, head) => sum + Number(head.number), 0);
      if (appended === Number(told.rows[0]?.n) && heads.rows.every((head) => (place.get(head.partition) ?? 0n) > BigInt(head.number)))
        return;
    }
    throw new Error('The recorded events were not read within a minute.');
  }

  async function rowsOf(table: string, connectionId: string): Promise<Record<string, unknown>[]> {
    const { rows } = await databases
      .inside('customers')
      .query<Record<string, unknown>>(`select * from ${table} where connection_id = $1`, [connectionId]);
    return rows;
  }

  it.each(RECORDINGS.map((recording) => [recording.name, recording] as const))(
    '%s becomes what the table of outcomes says',
    async (_, { connectionId, livemode, parsed, type }) => {
      expect(answers.get(connectionId)).toMatchObject({ status: 200, body: { received: true, duplicate: false } });
      const outcome = EVENT_OUTCOMES[type];
      if (outcome === undefined) throw new Error(`${type} has no row in the table of outcomes (apps/customers/src/event-outcomes.ts).`);
      if (outcome === 'not ours') {
        for (const table of ['customer', 'subscription', 'mirrored_object']) expect(await rowsOf(table, connectionId)).toEqual([]);
        return;
      }
      const rows = await rowsOf(outcome.row, connectionId);
      const stated = Object.entries(outcome.columns).map(([column, { from, isTime }]) => {
        const value = valueAt(from, parsed);
        return [column, isTime && typeof value === 'number' ? new Date(value * 1000) : value];
      });
      expect(rows).toMatchObject([
        {
          organization: 'acme',
          environment: livemode ? 'live' : 'test',
          standing: 'confirmed',
          standing_reasons: [],
          ...Object.fromEntries(stated),
        },
      ]);
      if (outcome.row === 'subscription') {
        const buyers = await rowsOf('customer', connectionId);
        expect(buyers).toMatchObject([
          { id: rows[0]?.['customer_id'], stripe_id: valueAt('data.object.customer', parsed), is_stub: true, standing_reasons: ['stub'] },
        ]);
      }
    },
  );

  it('buries nothing, and each body is counted', async () => {
    expect((await databases.inside('customers').query('select * from dead_letter')).rows).toEqual([]);
    expect(answers.size).toBe(RECORDINGS.length);
  });
});
