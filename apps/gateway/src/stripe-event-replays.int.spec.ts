import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StripeEventsReplayResponse } from '@turnpike/contracts-http';
import { anEvent, SERVICE_TOKEN, StartedGateway } from './testing/started-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await StartedGateway.start();
});
beforeEach(() => gateway.empty());
afterAll(async () => {
  await gateway?.stop();
});

async function ask(body: object, token = SERVICE_TOKEN): Promise<{ status: number; body: StripeEventsReplayResponse }> {
  const response = await fetch(`${gateway.url}/internal/gateway/stripe-events/replay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as StripeEventsReplayResponse };
}

/** Replays part by part, as the command does. @returns the ids that were announced, sorted, and how many parts it took */
async function replayed(body: object): Promise<{ ids: string[]; parts: number; counted: number | null }> {
  const { selected: counted, asOf } = (await ask({ ...body, dryRun: true })).body;
  expect(await gateway.announced()).toEqual([]);
  let cursor: string | null = null;
  let parts = 0;
  do {
    const part: StripeEventsReplayResponse = (await ask({ until: asOf, ...body, ...(cursor === null ? {} : { cursor }) })).body;
    parts++;
    cursor = part.next_cursor;
  } while (cursor !== null);
  const ids = (await gateway.announced()).map((event) => String(event['eventId'])).toSorted();
  await gateway.inside.query('truncate outbox');
  return { ids, parts, counted };
}

async function deliver(id: string, over: object = {}, connection = 'acme-test'): Promise<void> {
  await gateway.deliver(anEvent({ id, ...over }), { connection });
}

describe('replaying stored events', () => {
  it('tells those that are meant again, by id, by type, by connection, by organization and by time, and counts them before', async () => {
    await deliver('evt_1', { type: 'customer.created' });
    await deliver('evt_2', { type: 'customer.subscription.updated' });
    await deliver('evt_3', { type: 'customer.subscription.deleted' }, 'globex-test');
    await deliver('evt_4', { type: 'invoice.paid' });
    await deliver('evt_5', { type: 'customer.created', livemode: true }, 'acme-live');
    await deliver('evt_other_mode', { livemode: true });
    await gateway.inside.query(`update stripe_event set received_at = received_at - interval '1 hour' where event_id = 'evt_1'`);
    await gateway.inside.query('truncate outbox');
    const anHourAgo = new Date(Date.now() - 1_800_000).toISOString();

    const cases: ReadonlyArray<readonly [object, string[]]> = [
      [{}, ['evt_1', 'evt_2', 'evt_3', 'evt_4', 'evt_5']],
      [{ ids: ['evt_4', 'evt_1', 'evt_nobodys'] }, ['evt_1', 'evt_4']],
      [{ types: ['customer.created', 'invoice.*'] }, ['evt_1', 'evt_4', 'evt_5']],
      [{ types: ['customer.*'], environment: 'test' }, ['evt_1', 'evt_2', 'evt_3']],
      [{ types: ['customer_.created'] }, []],
      [{ connectionId: 'globex-test' }, ['evt_3']],
      [{ organization: 'globex' }, ['evt_3']],
      [{ organization: 'nobody' }, []],
      [{ since: anHourAgo, environment: 'test' }, ['evt_2', 'evt_3', 'evt_4']],
      [{ until: anHourAgo }, ['evt_1']],
    ];
    for (const [asked, ids] of cases) expect({ asked, ...(await replayed(asked)) }).toMatchObject({ asked, ids, counted: ids.length });
  });

  it('goes part by part, each event once, and leaves what came after the count', async () => {
    const ids = Array.from({ length: 25 }, (_, at) => `evt_${String(at).padStart(2, '0')}`);
    for (const [at, id] of ids.entries())
      await deliver(id, { created: 1_760_000_000 + at * 86_400 }, at % 3 === 0 ? 'globex-test' : 'acme-test');
    await gateway.inside.query('truncate outbox');
    expect(await replayed({ limit: 4 })).toEqual({ ids, parts: expect.any(Number), counted: 25 });

    const { asOf } = (await ask({ dryRun: true })).body;
    await deliver('evt_later');
    await gateway.inside.query('truncate outbox');
    await ask({ until: asOf });
    expect((await gateway.announced()).map((event) => event['eventId'])).not.toContain('evt_later');
  });

  it('says what is remembered without its body, and what no key opens, and goes on', async () => {
    for (const id of ['evt_gone', 'evt_kept', 'evt_spoilt']) await deliver(id);
    await gateway.inside.query(`delete from stripe_event_body where event_id = 'evt_gone'`);
    await gateway.inside.query(`update stripe_event_body set body = '\\x00' where event_id = 'evt_spoilt'`);
    await gateway.inside.query('truncate outbox');
    expect((await ask({ dryRun: true })).body).toMatchObject({ selected: 2, withoutBody: 1, announced: 0 });
    expect((await ask({})).body).toMatchObject({ selected: null, announced: 1, unreadable: 1 });
    expect(await gateway.announced()).toMatchObject([{ eventId: 'evt_kept' }]);
  });

  it('refuses what it cannot mean, and whoever has no service token', async () => {
    expect(await ask({ types: ['customer.%'] })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/types/0' }] } });
    expect(await ask({ since: 'yesterday' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/since' }] } });
    expect(await ask({ cursor: 'nonsense' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/cursor' }] } });
    expect(await ask({}, 'acme-test-key')).toMatchObject({ status: 401 });
  });
});
