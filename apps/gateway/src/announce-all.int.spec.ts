import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { anEvent, SERVICE_TOKEN, StartedGateway } from './testing/started-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await StartedGateway.start();
});
beforeEach(() => gateway.empty());
afterAll(async () => {
  await gateway?.stop();
});

async function ask(body: object = {}, token = SERVICE_TOKEN): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${gateway.url}/internal/gateway/announce-all`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function finished(): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    const runs = await gateway.rows('announce_run');
    if (runs.length > 0 && runs.every((run) => run['finished_at'] !== null)) return;
    if (Date.now() > end) throw new Error('The run did not finish.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What was announced since the outbox was emptied, without what differs from one telling to the next. */
async function told(): Promise<unknown[]> {
  const all = await gateway.announced();
  return all.sort((left, right) => (String(left['eventId']) < String(right['eventId']) ? -1 : 1));
}

describe('announce-all', () => {
  it('tells every stored event again exactly as it was told, the other mode’s still not', async () => {
    for (let at = 0; at < 30; at++)
      await gateway.deliver(anEvent(at % 3 === 0 ? { created: 1_600_000_000 + at } : {}), {
        connection: at % 2 === 0 ? 'acme-test' : 'globex-test',
      });
    await gateway.deliver(anEvent({ livemode: true }), { connection: 'acme-live' });
    await gateway.deliver(anEvent({ livemode: true }), { connection: 'acme-test' });
    await gateway.deliver(anEvent({}, { name: 'A\u0000da' }));
    const before = await told();
    expect(before).toHaveLength(32);
    await gateway.inside.query('truncate outbox');

    const answer = await ask({ topic: 'gateway.stripe-event.received.v1' });
    expect(answer).toMatchObject({ status: 202, body: { runId: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
    await finished();
    expect(await told()).toEqual(before);
  });

  it('tells one organization’s events when one is named', async () => {
    await gateway.deliver(anEvent(), { connection: 'acme-test' });
    await gateway.deliver(anEvent(), { connection: 'globex-test' });
    await gateway.inside.query('truncate outbox');
    await ask({ organization: 'globex' });
    await finished();
    expect(await told()).toMatchObject([{ connectionId: 'globex-test' }]);
  });

  it('goes page by page, and on after the process was stopped in the middle', async () => {
    await Promise.all(Array.from({ length: 1_200 }, () => gateway.deliver(anEvent())));
    await gateway.inside.query('truncate outbox');
    await ask();
    await gateway.restart();
    await finished();
    expect(await told()).toHaveLength(1_200);
    expect(
      (await gateway.rows('announce_run')).find((run) => run['environment'] === 'test' && run['organization'] === 'acme'),
    ).toMatchObject({ announced: 1_200 });
  });

  it('is joined by who asks while it runs, and begun anew by who asks later', async () => {
    await gateway.deliver(anEvent());
    await gateway.inside.query('truncate outbox');
    const admin = await gateway.inside.connect();
    await admin.query('begin');
    await admin.query('lock table stripe_event_body in access exclusive mode');
    const first = await ask();
    const second = await ask();
    await admin.query('rollback').finally(() => admin.release());
    expect(second.body['runId']).toBe(first.body['runId']);
    await finished();
    expect(await told()).toHaveLength(1);

    const third = await ask();
    expect(third.body['runId']).not.toBe(first.body['runId']);
    await finished();
    expect(await told()).toHaveLength(2);
  });

  it('reads what was encrypted under the key before, and goes on without what no key opens', async () => {
    await gateway.deliver(anEvent({ id: 'evt_under_the_old_key' }));
    const old = gateway.environment['WEBHOOK_BODY_KEY']!;
    const next = randomBytes(32).toString('base64');
    await gateway.restart({ WEBHOOK_BODY_KEY: next, WEBHOOK_BODY_KEY_BEFORE: old });
    await gateway.deliver(anEvent({ id: 'evt_under_the_new_key' }));
    await gateway.inside.query('truncate outbox');
    await ask();
    await finished();
    expect(await told()).toMatchObject([{ eventId: 'evt_under_the_new_key' }, { eventId: 'evt_under_the_old_key' }]);

    await gateway.inside.query('truncate outbox');
    await gateway.restart({ WEBHOOK_BODY_KEY: next });
    await ask();
    await finished();
    expect(await told()).toMatchObject([{ eventId: 'evt_under_the_new_key' }]);
    await gateway.restart();
  });

  it('is closed to whoever has no service token, an API key included', async () => {
    expect(await ask({}, 'acme-test-key')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await ask({}, '')).toMatchObject({ status: 401 });
    expect(await gateway.rows('announce_run')).toEqual([]);
  });

  it('says which topic or organization it does not know', async () => {
    expect(await ask({ topic: 'customers.customer.changed.v1' })).toMatchObject({ status: 404, body: { code: 'topic_not_written' } });
    expect(await ask({ organization: 'nobody' })).toMatchObject({ status: 404, body: { code: 'organization_not_found' } });
    expect(await ask({ organization: 7 })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ pointer: '/organization' }] },
    });
  });
});
