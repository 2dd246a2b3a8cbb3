import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { catalog } from '@turnpike/catalog';
import { ConnectionChanged, type Scope } from '@turnpike/contracts-events';
import { startSandbox } from '@turnpike/sandbox';
import { startService } from '@turnpike/service';
import { freshDatabases, letIn, StandInConnections, standInPlan, StandInWriter, TcpProxy, until } from '@turnpike/testing';
import { atMost, type Fault, told } from './fault.js';
import { newFolder, OwnPostgres } from './own-postgres.js';

const ACME: Scope = { organization: 'acme', environment: 'sandbox' };
const CONNECTION = 'con_1';
const KEY = 'sk_test_of_acme_con_1';
const CALLER = 'acme-key';

/**
 * R3, the line to Stripe: a catalog is written there over a line that is late, resets, leaves connections half-open, and drops every fifth
 * reply to a write that was done. Every product and every price is there once in the end.
 */
export const lineToStripe: Fault = async ({ isShort, tell }) => {
  const products = isShort ? 8 : 40;
  const folder = newFolder();
  const undo: Array<() => Promise<void>> = [async () => rmSync(folder, { recursive: true, force: true })];
  const later = (step: () => Promise<void> | void) => void undo.push(async () => step());
  try {
    const postgres = await OwnPostgres.start(join(folder, 'postgres'));
    later(() => postgres.stop());
    process.env['TEST_DATABASE_URL'] = postgres.adminUrl;
    const databases = await freshDatabases([catalog.plan, standInPlan('connections')]);
    later(() => databases.drop());
    const sandbox = await startSandbox({ data: join(folder, 'sandbox') });
    later(() => sandbox.stop());
    const line = await TcpProxy.before(sandbox.url);
    later(() => line.refuse());
    const connections = await StandInConnections.start();
    later(() => connections.stop());
    await letIn(databases.inside('catalog'), { [CALLER]: ACME });
    const service = await startService(catalog, {
      DATABASE_URL: databases.of('catalog').url,
      INFRASTRUCTURE_DATABASE_URL: databases.of('catalog').infrastructureUrl,
      BUS_DATABASE_URL: databases.of('bus').infrastructureUrl,
      SERVICE_TOKEN: 'a-service-token-of-a-benchmark',
      WRITER_URLS: `connections=${connections.url}`,
      LOG_LEVEL: 'silent',
      PUBLIC_URL: 'https://billing.acme.example',
    });
    later(() => service.stop());
    const url = await service.listen();
    const writer = await StandInWriter.start(databases, 'connections');
    later(() => writer.stop());
    connections.holds(ACME, CONNECTION, { status: 'verified', secretKey: KEY, baseUrl: line.through(sandbox.url) });
    await writer.announce(ConnectionChanged, ACME, {
      ...{ connectionId: CONNECTION, status: 'verified', statusReason: null, stripeAccountId: 'acct_1', accountName: null, country: null },
      ...{ defaultCurrency: null, livemode: false, ingestMode: 'polling', webhookEndpointId: null, secretsVersion: 1, removedAt: null },
      version: { epoch: 1, n: 1 },
    });
    await until('catalog knows its connection', () => writer.isReadBy('catalog', [ConnectionChanged]));

    line.become({ latencyMs: 250, jitterMs: 50 });
    line.loseReplies((request) => request.includes('POST /v1/') && Math.random() < 1 / 5);
    let halfOpen = 0;
    const resets = setInterval(() => line.reset(1 / 3), 1_500);
    const losses = setInterval(() => (halfOpen += line.loseTrack()), 20_000);
    later(() => (clearInterval(resets), clearInterval(losses)));
    const begun = Date.now();
    const declared = Array.from({ length: products }, (_, at) => productOf(at));
    const response = await fetch(`${url}/v1/catalog`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${CALLER}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ products: declared }),
    });
    if (!response.ok) throw new Error(`The catalog was not taken: ${await response.text()}`);
    const inside = databases.inside('catalog');
    const intents = async () => {
      const { rows } = await inside.query<{ n: string; done: string; tries: string }>(
        `select count(*) as n, count(*) filter (where status = 'done') as done, sum(tries) as tries from stripe_intent`,
      );
      return { all: Number(rows[0]?.n), done: Number(rows[0]?.done), tries: Number(rows[0]?.tries ?? 0) };
    };
    await until(
      'all is written',
      async () => {
        const { all, done } = await intents();
        return all >= 2 * products && done === all;
      },
      isShort ? 120_000 : 600_000,
    );
    clearInterval(resets);
    clearInterval(losses);
    line.become(null);
    line.loseReplies(() => false);
    const { all, tries } = await intents();
    const made = (await list(sandbox.url, 'products')).length + (await list(sandbox.url, 'prices')).length;
    tell(
      `${all} intents, ${tries} tries, ${line.repliesLost} replies lost, ${halfOpen} connections half-open, ${((Date.now() - begun) / 1000).toFixed(0)} s`,
    );
    return {
      cases: [
        told('intents to write to Stripe', 'intents', all),
        told('tries of them', 'tries', tries),
        told('replies lost after a write to Stripe', 'replies', line.repliesLost),
        atMost(0, 'objects at Stripe beyond one per intent', 'objects', Math.abs(made - all)),
      ],
      notes: [
        '500 ms a round trip and up to 100 more, every fifth reply to a POST dropped after it was done, resets every 1.5 s, all connections half-open every 20 s',
      ],
    };
  } finally {
    // A step that fails must not leave the servers behind.
    for (const step of undo.toReversed()) await step().catch((error: unknown) => tell(String(error)));
  }
};

function productOf(at: number): object {
  const price = { amount: 4900, currency: 'usd', interval: 'month' };
  const free = { key: 'free', name: 'Free', pricingType: 'free', features: { seats: { value: 1, core: true } } };
  const pro = {
    key: 'pro',
    name: 'Pro',
    pricingType: 'paid',
    prices: [price],
    features: { export: true, seats: { value: 10, core: true } },
  };
  return { key: `product-${at}`, name: `Product ${at}`, freePlan: 'free', plans: [free, pro] };
}

async function list(url: string, what: string): Promise<unknown[]> {
  const all: Array<{ id: string }> = [];
  for (let after = ''; ;) {
    const response = await fetch(`${url}/v1/${what}?limit=100${after}`, { headers: { authorization: `Bearer ${KEY}` } });
    const page: { data: Array<{ id: string }>; has_more: boolean } = JSON.parse(await response.text());
    all.push(...page.data);
    if (!page.has_more) return all;
    after = `&starting_after=${page.data.at(-1)?.id ?? ''}`;
  }
}
