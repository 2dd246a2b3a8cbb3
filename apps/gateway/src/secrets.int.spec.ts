import { fork } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anEvent, SECRET, SERVICE_TOKEN, signed, StartedGateway } from './testing/started-gateway.js';

const ROOT = new URL('../../../', import.meta.url);
const CANARY = 'canary_secret_that_never_leaves';

let gateway: StartedGateway;
let output = '';
let url: string;
let child: ReturnType<typeof fork>;

beforeAll(async () => {
  gateway = await StartedGateway.start();
  // A process of its own, through main.ts: what it writes to its output is what an operator would see.
  child = fork(new URL('apps/gateway/src/main.ts', ROOT), {
    cwd: ROOT,
    execArgv: ['--conditions=@turnpike/source', '--import', './tools/loader.mjs'],
    env: { PATH: process.env['PATH'], ...gateway.environment, LOG_LEVEL: 'debug' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { listening: string }).listening));
    child.once('exit', () => reject(new Error(`The gateway did not start: ${output}`)));
  });
});
afterAll(async () => {
  const ended = new Promise((resolve) => child?.once('exit', resolve));
  child?.kill('SIGTERM');
  await ended;
  await gateway?.stop();
});

async function send(body: string, header = signed(body)): Promise<number> {
  const response = await fetch(`${url}/webhooks/stripe/acme-test`, {
    method: 'POST',
    headers: { 'stripe-signature': header, 'content-type': 'application/json' },
    body,
  });
  await response.text();
  return response.status;
}

const withCanaries = () =>
  anEvent({ type: 'payment_intent.succeeded', data: undefined }, {}).replace(
    '"livemode"',
    `"data": ${JSON.stringify({
      object: {
        id: 'pi_1',
        object: 'payment_intent',
        client_secret: CANARY,
        description: 'kept',
        payment_method: { id: 'pm_1', object: 'payment_method', card: { fingerprint: CANARY, last4: CANARY } },
        latest_invoice: { id: 'in_1', object: 'invoice', confirmation_secret: { client_secret: CANARY } },
        metadata: { note: CANARY },
      },
      previous_attributes: { client_secret: CANARY, status: 'processing' },
    })}, "livemode"`,
  );

describe('what Stripe tells in confidence', () => {
  it('is in no message, no log line and no row that can be read', async () => {
    expect(await send(withCanaries())).toBe(200);
    expect(await send(withCanaries(), 't=1,v1=00')).toBe(400);
    await gateway.inside.query(
      `create function planted() returns trigger language plpgsql as $$ begin raise exception 'planted for %', new.body; end $$`,
    );
    await gateway.inside.query('create trigger planted before insert on stripe_event_body for each row execute function planted()');
    expect(await send(withCanaries())).toBe(500);
    await gateway.inside.query('drop function planted cascade');
    await new Promise((resolve) => setTimeout(resolve, 300));

    const [told] = await gateway.announced();
    expect(told).toMatchObject({
      objectId: 'pi_1',
      object: { id: 'pi_1', description: 'kept', payment_method: { id: 'pm_1' } },
      previousAttributes: { status: 'processing' },
    });
    for (const table of ['outbox', 'stripe_event', 'stripe_event_body']) {
      const bytes = (await gateway.rows(table))
        .flatMap((row) => Object.values(row))
        .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)));
      expect(bytes.length).toBeGreaterThan(0);
      expect(bytes.join('\n')).not.toContain(CANARY);
    }
    for (const secret of [
      CANARY,
      SECRET,
      SERVICE_TOKEN,
      gateway.environment['WEBHOOK_BODY_KEY']!,
      'ada@example.com',
      new URL(gateway.environment['DATABASE_URL']!).password,
    ]) {
      expect(output).not.toContain(secret);
    }
  });

  it('leaves one line per stored delivery, with its ids', async () => {
    const body = anEvent({ id: 'evt_logged' });
    await send(body);
    await send(body);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const lines = output
      .split('\n')
      .filter((line) => line.includes('evt_logged'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      {
        level: 'info',
        event: 'webhook.stored',
        service: 'gateway',
        connectionId: 'acme-test',
        eventId: 'evt_logged',
        type: 'customer.created',
        duplicate: false,
        ms: expect.any(Number),
      },
      { level: 'info', event: 'webhook.stored', connectionId: 'acme-test', eventId: 'evt_logged', duplicate: true },
    ]);
  });
});
