import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { DeliveryProxy } from './delivery-proxy.js';
import { Buyer, CARD, catalogOf } from './life.js';
import { hexOf, SecretSearch } from './secret-search.js';
import type { Secret } from './secrets.js';
import type { World } from './world.js';

const SEED = 11;

/** What lies in the folder in clear by its nature: the keys to the folder, what its owner declared, and Stripe's own side of it. */
const IN_CLEAR = ['secrets.json', 'declaration.json', 'postgres/password', 'sandbox'];

/** Secrets are in no log, topic, URL or dump (requirement X11, architecture rule 9); looked for after all that happened. */
export function secretsNowhere(of: () => World): void {
  describe('what is secret', () => {
    let known: readonly Secret[];
    let search: SecretSearch;
    /** Somebody who has paid, so that there is something to find whoever else was here. */
    beforeAll(async () => {
      const world = of();
      const seller = await world.seller('discreet');
      const proxy = await DeliveryProxy.open(world.url, SEED, (address) => world.addressesCalled.push(address));
      try {
        await proxy.standBefore(seller, await seller.connect());
        const buyer = await Buyer.of(seller.stripe, 'dee');
        await buyer.usesCard(CARD);
        await buyer.subscribes(await seller.sells(catalogOf('Discreet'), 'Discreet Pro Plan'));
        await until('the payment is known', async () => (await seller.readAll('/v1/payments')).length > 0);
      } finally {
        await proxy.close();
      }
      known = await world.knownSecrets();
      search = await SecretSearch.of(known);
    }, 120_000);
    afterAll(() => search?.end());

    it('is known to this test: keys, tokens, webhook secrets, client secrets and passwords of all who were here', async () => {
      const kinds = Object.groupBy(known, ({ kind }) => kind);
      expect(Object.keys(kinds).toSorted()).toEqual([
        'API key',
        'SMTP password',
        'Stripe key',
        'client secret',
        'installation',
        'password of a role',
        'webhook secret',
      ]);
      const [first, last] = [known[0]?.text ?? '', hexOf(known.at(-1)?.text ?? '')];
      expect(await search.in(`a=${first}; b=\\x00${last}00`)).toEqual([
        `${known[0]?.kind} ${first.slice(0, 8)}…`,
        `${known.at(-1)?.kind} ${last.slice(0, 8)}…`,
      ]);
    });

    it('is in no log line', async () => {
      expect(of().start.output).toMatch(/"level":"debug"/);
      expect(await search.in(of().start.output)).toEqual([]);
    });

    it('is in no address that anybody called', async () => {
      expect(of().addressesCalled.length).toBeGreaterThan(0);
      expect(await search.in(of().addressesCalled.join('\n'))).toEqual([]);
    });

    it('is on no topic, and a client secret is not even there by name', async () => {
      const messages = await of().trial.sql<{ text: string }>(
        'bus',
        `select topic || ' ' || key || ' ' || headers || ' ' || coalesce(convert_from(body, 'UTF8'), '') as text from message`,
      );
      expect(messages.length).toBeGreaterThan(100);
      const text = messages.map((message) => message.text).join('\n');
      expect(await search.in(text)).toEqual([]);
      expect(text).not.toMatch(/client_secret"\s*:\s*"|pi_\w+_secret_|whsec_|sk_test_|rk_test_/);
    });

    it('is in no row of any database', async () => {
      const databases = await of().trial.sql<{ name: string }>(
        'postgres',
        `select datname as name from pg_database where not datistemplate and datname <> 'postgres'`,
      );
      expect(databases.map(({ name }) => name)).toEqual(expect.arrayContaining(['bus', 'connections', 'customers', 'gateway', 'payments']));
      expect((await dumpOf(of(), 'customers')).includes('dee@example.com')).toBe(true);
      for (const { name } of databases) expect([name, await search.in(await dumpOf(of(), name))]).toEqual([name, []]);
    }, 120_000);

    it('is in no file of the folder, but where it must be', async () => {
      const files = await search.filesOf(of().trial.folder);
      expect(files).toContain('secrets.json');
      expect(files.filter((file) => !IN_CLEAR.some((name) => file === name || file.startsWith(`${name}/`)))).toEqual([]);
    }, 120_000);
  });
}

/** Every row of every table, bytes in hexadecimal. */
async function dumpOf(world: World, database: string): Promise<string> {
  const tables = await world.trial.sql<{ table: string }>(
    database,
    `select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const rows = await world.trial.sql<{ row: string }>(
    database,
    tables.map(({ table }) => `select t::text as row from only ${table} t`).join(' union all '),
  );
  return rows.map(({ row }) => row).join('\n');
}
