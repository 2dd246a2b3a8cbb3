import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClockChanged, CustomerChanged, PlanVersionChanged, SubscriptionChanged, WorkspaceChanged } from '@turnpike/contracts-events';
import { aClock, aCustomer, aSubscriptionOf, aWorkspaceOf, FREE_PLAN, PRO, V } from './testing/messages.js';
import { ACME_LIVE, ACME_TEST, GLOBEX_TEST, StartedEntitlements } from './testing/started-entitlements.js';

let started: StartedEntitlements;
beforeAll(async () => {
  started = await StartedEntitlements.start();
  for (const scope of [ACME_TEST, GLOBEX_TEST]) await started.hear(PlanVersionChanged, scope, PRO, FREE_PLAN);
});
afterAll(async () => {
  await started?.stop();
});

async function subscribe(customerId: string, change: Partial<SubscriptionChanged> = {}): Promise<void> {
  await started.hear(CustomerChanged, ACME_TEST, aCustomer(customerId, { externalId: `ext-${customerId}` }));
  await started.hear(SubscriptionChanged, ACME_TEST, aSubscriptionOf(customerId, change));
}

async function toldOf(customerId: string) {
  return (await started.told()).filter((told) => told.customerId === customerId);
}

describe('entitlements', () => {
  it('answers what a subscribed customer may use, by our id and by the caller’s', async () => {
    await subscribe('c_ada');
    for (const id of ['c_ada', 'ext-c_ada']) {
      await started.answers(`/v1/entitlements/${id}/export`, { hasAccess: true, value: true, reason: 'active' });
      const { body } = await started.get(`/v1/entitlements/${id}`);
      expect(body).toMatchObject({
        customerId: 'c_ada',
        externalId: 'ext-c_ada',
        workspaceId: null,
        level: 'full',
        validUntil: null,
        isStale: false,
        features: [
          { feature: 'export', hasAccess: true, value: true },
          { feature: 'seats', hasAccess: true, value: 10 },
        ],
        sources: [{ kind: 'subscription', subscriptionId: 's_c_ada', planKey: 'pro' }],
      });
      expect(Date.now() - Date.parse(String(body['asOf']))).toBeLessThan(2_000);
    }
  });

  it('says why a feature is not granted, and whether anybody has defined it', async () => {
    await subscribe('c_off', { status: 'canceled' });
    await started.answers('/v1/entitlements/c_off/export', { hasAccess: false, value: null, reason: 'canceled' });
    await started.answers('/v1/entitlements/c_off/seats', { hasAccess: true, value: 1 });
    await started.answers('/v1/entitlements/c_off/exprot', { hasAccess: false, reason: 'unknown_feature' });
  });

  it('recomputes when a plan arrives after the subscription that names its price', async () => {
    await subscribe('c_late', { items: [{ ...aSubscriptionOf('x').items[0]!, priceId: 'price_late' }] });
    await started.answers('/v1/entitlements/c_late/reports', { hasAccess: false, reason: 'unknown_feature' });
    await started.answers('/v1/entitlements/c_late', { level: 'free', reason: 'price_unknown' });
    const late: PlanVersionChanged = {
      ...PRO,
      planVersionId: 'pv_late',
      prices: [{ ...PRO.prices[0]!, atStripe: [{ connectionId: 'con_1', stripeId: 'price_late' }] }],
      features: [{ key: 'reports', value: true, isCore: false }],
    };
    await started.hear(PlanVersionChanged, ACME_TEST, late);
    await started.answers('/v1/entitlements/c_late/reports', { hasAccess: true, reason: 'active' });
    expect((await toldOf('c_late')).map((told) => told.move?.kind ?? null)).toEqual([null, null, 'granted']);
  });

  it('tells nothing when nothing has changed', async () => {
    await subscribe('c_same');
    const before = await toldOf('c_same');
    await started.hear(
      SubscriptionChanged,
      ACME_TEST,
      aSubscriptionOf('c_same', { version: V(2), currentPeriodEndsAt: '2027-01-01T00:00:00.000Z' }),
    );
    await started.hear(SubscriptionChanged, ACME_TEST, aSubscriptionOf('c_same', { status: 'canceled', version: V(1) }));
    await started.hear(PlanVersionChanged, ACME_TEST, { ...PRO, version: V(2) });
    expect(await toldOf('c_same')).toEqual(before);
  });

  it('moves a customer on a test clock when the clock does, with no event of the subscription', async () => {
    await started.hear(ClockChanged, ACME_TEST, aClock('clock_1', '2026-11-01T00:00:00.000Z'));
    await started.hear(CustomerChanged, ACME_TEST, aCustomer('c_clock', { clockId: 'clock_1' }));
    const subscription = { clockId: 'clock_1', statusSince: '2026-11-01T00:00:00.000Z' };
    await started.hear(SubscriptionChanged, ACME_TEST, aSubscriptionOf('c_clock', subscription));
    await started.hear(SubscriptionChanged, ACME_TEST, aSubscriptionOf('c_clock', { ...subscription, status: 'past_due', version: V(2) }));
    await started.answers('/v1/entitlements/c_clock/export', {
      hasAccess: true,
      reason: 'past_due_in_grace',
      validUntil: '2026-11-08T00:00:00.000Z',
    });
    await started.hear(ClockChanged, ACME_TEST, aClock('clock_1', '2026-11-07T23:59:59.000Z', 2));
    await started.answers('/v1/entitlements/c_clock/export', { hasAccess: true });
    await started.hear(ClockChanged, ACME_TEST, aClock('clock_1', '2026-11-08T00:00:00.000Z', 3));
    await started.answers('/v1/entitlements/c_clock/export', { hasAccess: false, reason: 'past_due' });
    await started.answers('/v1/entitlements/c_clock/seats', { hasAccess: true, value: 10 });
    await started.hear(
      SubscriptionChanged,
      ACME_TEST,
      aSubscriptionOf('c_clock', { ...subscription, statusSince: '2026-11-08T00:00:00.000Z', version: V(3) }),
    );
    expect((await toldOf('c_clock')).map((told) => told.move?.kind ?? null)).toEqual([
      null,
      'granted',
      'granted',
      'granted',
      'reduced',
      'reactivated',
    ]);
  });

  it('keeps what it knows of a customer whose clock nobody has told of, and says that it may be old', async () => {
    await started.hear(CustomerChanged, ACME_TEST, aCustomer('c_unclocked', { clockId: 'clock_9' }));
    await started.hear(SubscriptionChanged, ACME_TEST, aSubscriptionOf('c_unclocked', { status: 'past_due', clockId: 'clock_9' }));
    await started.answers('/v1/entitlements/c_unclocked/export', { hasAccess: true, isStale: true });
    await started.hear(ClockChanged, ACME_TEST, aClock('clock_9', '2026-11-02T00:00:00.000Z'));
    await started.answers('/v1/entitlements/c_unclocked/export', { hasAccess: true, isStale: false });
  });

  it('tells a move by everybody’s clock when it is due, and answers right before it is told', async () => {
    const graceEnd = new Date(Date.now() + 6_000);
    const statusSince = new Date(graceEnd.getTime() - 7 * 24 * 3_600_000).toISOString();
    await subscribe('c_wall', { status: 'past_due', statusSince });
    await started.answers('/v1/entitlements/c_wall/export', { hasAccess: true, reason: 'past_due_in_grace' });
    await started.answers('/v1/entitlements/c_wall/export', { hasAccess: false, reason: 'past_due' });
    expect(Date.now() - graceEnd.getTime()).toBeLessThan(1_000);
    const end = Date.now() + 10_000;
    while ((await toldOf('c_wall')).at(-1)?.move?.kind !== 'reduced' && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await toldOf('c_wall')).at(-1)?.move).toMatchObject({ kind: 'reduced', at: graceEnd.toISOString() });
  });

  it('keeps access of members who do not handle billing after a trial that ended unpaid', async () => {
    const trialEndsAt = new Date(Date.now() - 3_600_000).toISOString();
    await subscribe('c_team', { status: 'canceled', trialEndsAt, endedAt: trialEndsAt });
    await started.hear(WorkspaceChanged, ACME_TEST, aWorkspaceOf('c_team'));
    const path = '/v1/entitlements/c_team/export';
    await started.answers(`${path}?workspace=main&member=bob`, {
      hasAccess: true,
      reason: 'trial_ended_in_grace',
      workspaceId: 'w_c_team',
    });
    await started.answers(`${path}?workspace=w_c_team&member=ada`, { hasAccess: false, reason: 'trial_ended' });
    await started.answers(`${path}?member=bob`, { hasAccess: true, workspaceId: null });
    await started.answers(`${path}?workspace=main&member=nobody`, { hasAccess: false });
    expect((await started.get(`${path}?workspace=other`)).body).toMatchObject({ status: 404, code: 'workspace_not_found' });
  });

  it('answers from the version that was seen, or says that it is not here yet', async () => {
    await subscribe('c_version');
    await started.answers('/v1/entitlements/c_version', { level: 'full' });
    const { version } = (await started.get('/v1/entitlements/c_version')).body as { version: { n: number } };
    expect((await started.get(`/v1/entitlements/c_version?min_version=1.${version.n}`)).status).toBe(200);
    const early = started.get(`/v1/entitlements/c_version?min_version=1.${version.n + 1}`);
    await started.tell(SubscriptionChanged, ACME_TEST, aSubscriptionOf('c_version', { status: 'canceled', version: V(2) }));
    expect((await early).body).toMatchObject({ level: 'free', version: { n: version.n + 1 } });
    expect((await started.get(`/v1/entitlements/c_version?min_version=1.99`)).body).toMatchObject({
      status: 409,
      code: 'version_not_reached',
    });
    expect((await started.get(`/v1/entitlements/c_version?min_version=x`)).status).toBe(400);
  });

  it('answers about another organization’s or environment’s customer as about one that nobody has', async () => {
    await subscribe('c_mine');
    await started.hear(CustomerChanged, GLOBEX_TEST, aCustomer('c_theirs', { externalId: 'theirs' }));
    await started.answers('/v1/entitlements/c_mine', { level: 'full' });
    for (const [path, key] of [
      ['c_mine', 'globex-test-key'],
      ['c_mine', 'acme-live-key'],
      ['ext-c_mine/export', 'globex-test-key'],
      ['theirs/export', 'acme-test-key'],
      ['c_theirs?workspace=main', 'acme-test-key'],
    ] as const) {
      const { status, body } = await started.get(`/v1/entitlements/${path}`, key);
      expect([status, body['code']]).toEqual([404, 'customer_not_found']);
    }
    expect((await started.get('/v1/entitlements/c_mine', 'no-key')).status).toBe(401);
  });

  it('refuses a check without a live key, and says what is wrong with a question', async () => {
    await subscribe('c_refused');
    const nobody = await started.get('/v1/entitlements/c_refused/export', 'nobodys-key');
    expect(nobody).toMatchObject({ status: 401, body: { code: 'unauthenticated', requestId: expect.any(String) } });
    const wrong = await started.get('/v1/entitlements/c_refused/export?min_version=latest');
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ pointer: '/min_version' }] } });
    expect((await started.get('/v1/entitlements/c_nobody/export')).body).toMatchObject({ status: 404, code: 'customer_not_found' });
  });

  it('describes a check in OpenAPI like every other route, with its query by its parts and its answer by its name', async () => {
    const { body } = await started.get('/docs/entitlements/openapi.json');
    const text = JSON.stringify(body);
    expect(body).toMatchObject({
      paths: {
        '/v1/entitlements/{customer}/{feature}': {
          get: {
            operationId: 'entitlements.get',
            parameters: [
              { name: 'customer' },
              { name: 'feature' },
              { name: 'workspace', in: 'query' },
              { name: 'member' },
              { name: 'min_version' },
            ],
            responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/EntitlementResponse' } } } } },
          },
        },
      },
    });
    const { components } = body as { components: { schemas: Record<string, unknown> } };
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(Object.keys(components.schemas)).toContain(name);
    expect(text).not.toContain('#/$defs');
  });

  it('tells everything again when it is asked to, with the versions it has', async () => {
    await subscribe('c_again');
    const [last] = (await toldOf('c_again')).slice(-1);
    const count = (await started.told()).length;
    const response = await fetch(`${started.replicas[0]!.url}/internal/entitlements/announce-all`, {
      method: 'POST',
      headers: { authorization: 'Bearer a-service-token-of-24-characters', 'content-type': 'application/json' },
      body: JSON.stringify({ organization: ACME_LIVE.organization }),
    });
    expect(response.status).toBe(200);
    const end = Date.now() + 10_000;
    while ((await toldOf('c_again')).length < 3 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await started.told()).length).toBeGreaterThan(count);
    expect((await toldOf('c_again')).at(-1)).toEqual(last);
  });
});
