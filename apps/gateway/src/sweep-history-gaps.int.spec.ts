import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { GLOBEX_KEY } from './testing/started-gateway.js';
import { SCOPE } from './testing/swept-account.js';
import { SweptGateway } from './testing/swept-gateway.js';

const HOUR = 3600;
let world: SweptGateway;

beforeAll(async () => void (world = await SweptGateway.start()));
beforeEach(() => world.gateway.restart());
afterAll(() => world?.stop());

describe('what no event tells any more', () => {
  it('is said of a new connection, from its first day on; what is old is not taken for missed', async () => {
    const one = world.newAccount();
    await one.stripe.customers.create({ name: 'before' });
    await one.connect();
    expect(await one.gaps()).toMatchObject([{ connectionId: one.id, from: null, because: 'new_connection' }]);
    const [gap] = await one.gaps();
    expect(await one.report()).toMatchObject([{ gapId: gap?.gapId, from: null, until: gap?.until, eventsMissed: 0 }]);
  });

  it('is said once when events were deleted, and the rest is read', async () => {
    const one = await world.account();
    for (const name of ['known', 'never known']) await one.stripe.customers.create({ name });
    await one.isWhole();
    await world.gateway.pause();
    const [known] = await one.events();
    for (const name of ['lost', 'still there']) await one.stripe.customers.create({ name });
    const rest = (await one.events()).slice(-1);
    await world.forget(one, (await one.events()).at(-2)?.id);
    await world.gateway.restart();
    await one.isWhole();
    expect(await one.announced()).toHaveLength(3);
    expect(await one.announced()).toEqual(expect.arrayContaining([known?.id, rest[0]?.id]));
    const [, deleted, ...more] = await one.gaps();
    expect(more).toEqual([]);
    expect(deleted).toMatchObject({ because: 'events_deleted' });
    expect(Date.parse(deleted?.until ?? '')).toBeGreaterThan(Date.parse(deleted?.from ?? ''));
    expect((await one.report())[0]).toMatchObject({ because: 'events_deleted', gapId: deleted?.gapId, eventsMissed: 1, eventsHealed: 1 });

    await world.forget(one);
    await one.turnCursor('next_at = now()');
    await until('it is said again', async () => (await one.gaps()).length === 3);
    await one.stripe.customers.create({ name: 'afterwards' });
    await one.isWhole();
    expect(await one.gaps()).toHaveLength(3);
  });

  it('is said when nobody looked for more than thirty days, and what is listed is read from the oldest page on', async () => {
    const { one, door } = await world.accountBehindDoor();
    for (let at = 0; at < 20; at++) await one.stripe.customers.create({ name: `long ago ${at}` });
    await one.isWhole();
    await world.gateway.pause();
    for (let at = 0; at < 230; at++) await one.stripe.customers.create({ name: `No. ${at}` });
    const all = await one.events();
    await world.forget(one, all[29]?.id);
    await one.turnCursor(`known_until = now() - interval '31 days', event_seen_at = now() - interval '31 days', looked_at = null`);
    door.answersNext(null, null, 500);
    await world.gateway.restart();
    await one.isWhole();
    const announced = await one.announced();
    expect(announced.slice(20)).toEqual(all.slice(30).map((event) => event.id));
    const gaps = await one.gaps();
    expect(gaps.map((gap) => gap.because)).toEqual(['new_connection', 'too_long_ago']);
    expect(Date.now() - Date.parse(gaps[1]?.from ?? '')).toBeGreaterThan(30 * 24 * HOUR * 1000);
    const announceAll = await fetch(`${world.gateway.url}/internal/gateway/announce-all`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.gateway.environment['SERVICE_TOKEN']}` },
      body: JSON.stringify({ topic: 'gateway.history-gap.found.v1', organization: SCOPE.organization }),
    });
    expect(announceAll.status).toBe(202);
    expect((await one.gaps())[2]).toEqual(gaps[1]);
  }, 60_000);
});

describe('the report', () => {
  it('turns its pages, newest first, and shows nobody else’s', async () => {
    await world.account();
    await world.account();
    const all = (await world.gateway.get('/v1/gap_sweeps?limit=100')).body['data'] as Array<{ id: string }>;
    expect(all.length).toBeGreaterThan(1);
    expect(all.map((row) => row.id)).toEqual(
      all
        .map((row) => row.id)
        .toSorted()
        .toReversed(),
    );
    const page = (await world.gateway.get('/v1/gap_sweeps?limit=1')).body;
    expect(page).toMatchObject({ data: [all[0]], has_more: true, next_cursor: all[0]?.id });
    expect((await world.gateway.get(`/v1/gap_sweeps?limit=1&starting_after=${all[0]?.id}`)).body['data']).toEqual([all[1]]);
    expect((await world.gateway.get('/v1/gap_sweeps', GLOBEX_KEY)).body['data']).toEqual([]);
    expect((await world.gateway.get('/v1/gap_sweeps', 'nobody')).status).toBe(401);
  });
});
