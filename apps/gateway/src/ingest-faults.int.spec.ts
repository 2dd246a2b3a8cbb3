import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startService } from '@turnpike/service';
import { TcpProxy } from '@turnpike/testing';
import { BodyCipher } from './body-cipher.js';
import { gateway as definition } from './definition.js';
import { anEvent, type Answer, signed, StartedGateway } from './testing/started-gateway.js';

let gateway: StartedGateway;
let proxy: TcpProxy;
beforeAll(async () => {
  gateway = await StartedGateway.start({ INGEST_BATCHES_AT_ONCE: '1', INGEST_BATCH_MAX: '32' });
  const url = gateway.environment['DATABASE_URL']!;
  proxy = await TcpProxy.before(url);
  await gateway.restart({ DATABASE_URL: proxy.through(url) });
});
beforeEach(() => gateway.empty());
afterAll(async () => {
  await proxy?.open();
  await gateway?.stop();
  await proxy?.refuse();
}, 15_000);

/** Holds the store back until all bodies have arrived behind one another, so that all but the first share a batch. */
async function deliverTogether(bodies: readonly string[]): Promise<Answer[]> {
  const admin = await gateway.inside.connect();
  await admin.query('begin');
  await admin.query('lock table stripe_event in exclusive mode');
  const first = gateway.deliver(anEvent());
  await waitUntil(
    async () => (await admin.query('select 1 from pg_locks where not granted and locktype = $1', ['relation'])).rowCount! > 0,
  );
  const rest = bodies.map((body) => gateway.deliver(body));
  await new Promise((resolve) => setTimeout(resolve, 400));
  await admin.query('rollback');
  admin.release();
  expect((await first).status).toBe(200);
  return Promise.all(rest);
}

async function batchesOf(size: number): Promise<number> {
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  const upTo = (le: number) =>
    Number(new RegExp(`turnpike_webhook_batch_deliveries_bucket\\{le="${le}",service="gateway"\\} (\\d+)`).exec(metrics)?.[1]);
  return upTo(size) - upTo(size / 2);
}

async function waitUntil(isSo: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('It did not come to pass.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('32 deliveries that share a transaction', () => {
  it('are all stored when one of them has \\u0000 inside, and its bytes are kept as they came', async () => {
    const before = await batchesOf(32);
    const nul = anEvent({ id: 'evt_nul' }, { name: 'A\u0000da' });
    expect(nul).toContain('\\u0000');
    const answers = await deliverTogether([nul, ...Array.from({ length: 31 }, () => anEvent())]);

    expect(await batchesOf(32)).toBe(before + 1);
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    expect(await gateway.rows('stripe_event')).toHaveLength(33);
    const { rows } = await gateway.inside.query<{ received_on: string; key_id: string; body: Buffer }>(
      "select received_on::text, key_id, body from stripe_event_body where event_id = 'evt_nul'",
    );
    const [stored] = rows;
    const cipher = new BodyCipher(Buffer.from(gateway.environment['WEBHOOK_BODY_KEY']!, 'base64'));
    const place = {
      organization: 'acme',
      environment: 'test',
      connectionId: 'acme-test',
      eventId: 'evt_nul',
      receivedOn: stored!.received_on,
    };
    expect(cipher.open(place, { keyId: stored!.key_id, sealed: stored!.body }).toString()).toBe(nul);
    expect((await gateway.announced()).find((told) => told['eventId'] === 'evt_nul')).toMatchObject({ object: { name: 'A\u0000da' } });
  });

  it('are stored but for the one that the database refuses', async () => {
    await gateway.inside.query(
      `create function planted() returns trigger language plpgsql as $$ begin if new.event_id = 'evt_bad' then raise exception 'planted'; end if; return new; end $$`,
    );
    await gateway.inside.query('create trigger planted before insert on stripe_event for each row execute function planted()');
    try {
      const before = await batchesOf(32);
      const bodies = Array.from({ length: 32 }, (_, at) => anEvent(at === 17 ? { id: 'evt_bad' } : {}));
      const answers = await deliverTogether(bodies);

      expect(await batchesOf(32)).toBe(before + 1);
      expect(answers.map((answer) => answer.status)).toEqual(answers.map((_, at) => (at === 17 ? 500 : 200)));
      expect(answers[17]?.body).toMatchObject({ code: 'internal_error' });
      expect(await gateway.rows('stripe_event')).toHaveLength(32);
      expect(await gateway.announced()).toHaveLength(32);
      expect(JSON.stringify(answers[17]?.body)).not.toContain('planted');
    } finally {
      await gateway.inside.query('drop function planted cascade');
    }
    expect((await gateway.deliver(anEvent({ id: 'evt_bad' }))).body).toEqual({ received: true, duplicate: false });
  });
});

describe('a database that is away', () => {
  it('is answered with 503 and Retry-After, so that Stripe tries again, and then it works again', async () => {
    const bodies = Array.from({ length: 10 }, () => anEvent());
    await proxy.refuse();
    const refused = await Promise.all(bodies.map((body) => gateway.deliver(body)));
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    await proxy.open();
    const accepted = await Promise.all(bodies.map((body) => gateway.deliver(body)));
    expect(accepted.map((answer) => answer.body)).toEqual(bodies.map(() => ({ received: true, duplicate: false })));
    expect(await gateway.announced()).toHaveLength(10);
  });

  it('does not let a delivery wait for ever when it has only fallen silent', async () => {
    const body = anEvent();
    await gateway.deliver(anEvent()); // so that a connection is open
    proxy.fallSilent();
    const begun = Date.now();
    const answer = await gateway.deliver(body);
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(Date.now() - begun).toBeLessThan(12_000);
    await proxy.open();
    expect((await gateway.deliver(body)).status).toBe(200);
    expect((await gateway.announced()).filter((told) => told['eventId'] === JSON.parse(body).id)).toHaveLength(1);
  }, 60_000);

  it('whose connections are cut in the middle loses nothing that was acknowledged', async () => {
    const bodies = Array.from({ length: 200 }, () => anEvent());
    const cutting = (async () => {
      for (let cuts = 0; cuts < 8; cuts++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        await gateway.inside.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'turnpike_gateway' and datname = current_database()`,
        );
      }
    })();
    const answers = await Promise.all(
      bodies.map((body, at) => new Promise<void>((go) => setTimeout(go, at)).then(() => gateway.deliver(body))),
    );
    await cutting;
    expect(new Set(answers.map((answer) => answer.status))).not.toContain(500);
    const stored = new Set((await gateway.rows('stripe_event')).map((row) => row['event_id']));
    const told = (await gateway.announced()).map((one) => one['eventId']);
    for (const [at, answer] of answers.entries()) if (answer.status === 200) expect(stored).toContain(JSON.parse(bodies[at]!).id);
    expect(new Set(told)).toEqual(stored);
    expect(told).toHaveLength(stored.size);
    const again = await Promise.all(bodies.map((body) => gateway.deliver(body)));
    expect(again.map((answer) => answer.status)).toEqual(again.map(() => 200));
    expect(await gateway.rows('stripe_event')).toHaveLength(200);
    expect(await gateway.announced()).toHaveLength(200);
  }, 60_000);
});

describe('two replicas', () => {
  it('that get the same events at once store and announce each of them once', async () => {
    const other = await startService(definition, gateway.environment);
    try {
      const url = await other.listen();
      const bodies = Array.from({ length: 60 }, () => anEvent());
      const atOther = async (body: string) => {
        const response = await fetch(`${url}/webhooks/stripe/acme-test`, {
          method: 'POST',
          headers: { 'stripe-signature': signed(body) },
          body,
        });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      };
      const answers = await Promise.all([...bodies.map((body) => gateway.deliver(body)), ...[...bodies].reverse().map(atOther)]);
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
      expect(answers.filter((answer) => answer.body['duplicate'] === false)).toHaveLength(60);
      expect(await gateway.announced()).toHaveLength(60);
    } finally {
      await other.stop();
    }
  });
});
