import { beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { nobodys, type Possessions, possessionsOf } from './possessions.js';
import { type Route, routesOf } from './routes.js';
import type { Mode, Seller } from './seller.js';
import type { Answer, World } from './world.js';

/** Whose id a place in a path takes. A new route that is not here fails the test: say what it is about. */
const KIND_OF: Readonly<Record<string, keyof Possessions>> = {
  'api_keys.id': 'apiKey',
  'connections.id': 'connection',
  'customers.id': 'customer',
  'entitlements.customer': 'customer',
  'invoices.id': 'invoice',
  'notifications.id': 'notification',
  'payments.id': 'payment',
  'plan_versions.id': 'planVersion',
  'plans.id': 'plan',
  'products.id': 'product',
  'subscriptions.id': 'subscription',
  'workspaces.id': 'workspace',
  'workspaces.memberId': 'member',
};

/** Places in paths that are nobody's: words that everybody has. */
const WORDS: Readonly<Record<string, string>> = { 'entitlements.feature': 'export', 'notification_rules.scope': 'CANCEL.ENTITLEMENT' };

/** Bodies that would be right, were the ids one's own. */
const BODIES: Readonly<Record<string, (ids: Possessions, own: Seller) => object>> = {
  'apiKeys.create': () => ({}),
  'apiKeys.rotate': () => ({ oldExpiresInHours: 0 }),
  'connections.create': (_, own) => ({ publishableKey: own.publishableKey, secretKey: own.secretKey }),
  'connections.changeKeys': (_, own) => ({ publishableKey: own.publishableKey, secretKey: own.secretKey }),
  'connections.remove': ({ connection }) => ({ confirm: connection }),
  'catalogFills.create': ({ connection }) => ({ connectionId: connection }),
  'customerFills.create': ({ connection }) => ({ connectionId: connection }),
  'paymentFills.create': ({ connection }) => ({ connectionId: connection }),
  'customers.create': ({ connection, stripeCustomer }) => ({
    externalId: 'taken-over',
    stripe: { connectionId: connection, customerId: stripeCustomer },
  }),
  'customers.update': () => ({ name: 'Mallory' }),
  'workspaces.create': ({ customer }) => ({ customer, members: [{ memberId: 'mallory', role: 'owner' }] }),
  'workspaces.setMember': () => ({ role: 'owner' }),
  'plans.create': ({ product }) => ({ productId: product, key: 'mallory', name: 'Mallory', pricingType: 'free' }),
  'planVersions.create': () => ({}),
  'notificationRules.put': () => ({ isOn: true }),
};

/** Filters and places of lists that take somebody's id. */
const LIST_FILTERS: Readonly<Record<string, Readonly<Record<string, keyof Possessions>>>> = {
  'apiKeys.list': { starting_after: 'apiKey', ending_before: 'apiKey' },
  'connections.list': { starting_after: 'connection', ending_before: 'connection' },
  'customers.list': { starting_after: 'customer', ending_before: 'customer', stripe_id: 'stripeCustomer', external_id: 'externalId' },
  'gapSweeps.list': { starting_after: 'gapSweep', ending_before: 'gapSweep', connection: 'connection' },
  'catalogFills.list': { connection_id: 'connection' },
  'customerFills.list': { connection_id: 'connection' },
  'paymentFills.list': { connection_id: 'connection' },
  'invoices.list': { starting_after: 'invoice', ending_before: 'invoice', stripe_customer_id: 'stripeCustomer' },
  'mailbox.list': { starting_after: 'notification', ending_before: 'notification', customer: 'customer' },
  'notifications.list': { starting_after: 'notification', ending_before: 'notification', customer: 'customer' },
  'payments.list': { starting_after: 'payment', ending_before: 'payment', stripe_customer_id: 'stripeCustomer' },
  'plans.list': { starting_after: 'plan', ending_before: 'plan', product: 'product' },
  'planVersions.list': { starting_after: 'planVersion', ending_before: 'planVersion', plan: 'plan' },
  'products.list': { starting_after: 'product', ending_before: 'product' },
  'workspaces.list': { customer: 'customer' },
};

/** Nothing of one organization is in another's reach (architecture rules 8 and 9). */
export function organizationsApart(of: () => World): void {
  describe('two organizations', () => {
    let acme: Seller;
    let globex: Seller;
    let ofGlobex: Possessions;
    let ofAcme: Possessions;
    let unknown: Possessions;
    let routes: Route[];

    beforeAll(async () => {
      const world = of();
      [acme, globex] = [await world.seller('acme'), await world.seller('globex')];
      [ofAcme, ofGlobex] = [await possessionsOf(world, acme), await possessionsOf(world, globex)];
      unknown = nobodys(ofGlobex);
      routes = await routesOf(world);
    }, 180_000);

    const kindsIn = ({ path, parameters }: Route) => parameters.map((name) => `${path.split('/')[2]}.${name}`);
    const isAboutSomebody = (route: Route) => kindsIn(route).some((place) => !(place in WORDS));
    const ofPeople = () => routes.filter(({ path }) => path.startsWith('/v1/'));

    function pathOf(route: Route, ids: Possessions): string {
      return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        const place = `${route.path.split('/')[2]}.${name}`;
        const kind = KIND_OF[place];
        const word = WORDS[place] ?? (kind && ids[kind]);
        if (!word) throw new Error(`${route.method} ${route.path}: whose id is ${place}? Say it in KIND_OF.`);
        return word;
      });
    }

    function bodyOf(route: Route, ids: Possessions, own: Seller): object | undefined {
      const make = BODIES[route.operation];
      if (route.hasBody && !make) throw new Error(`${route.operation} takes a body: say in BODIES what would be a right one.`);
      return make?.(ids, own);
    }

    const send = (who: Seller, mode: Mode, route: Route, ids: Possessions, query = '') =>
      who.in(mode, route.method, `${pathOf(route, ids)}${query}`, bodyOf(route, ids, who));

    /** What is left when the ids and the request's own marks are taken away: it must not tell one from the other. */
    function bare({ status, body }: Answer, ids: Possessions): object {
      let text = JSON.stringify(body);
      for (const id of Object.values(ids)) if (id !== '') text = text.replaceAll(id, '<id>');
      return { status, text: text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<request>') };
    }

    it('have one of everything', () => {
      for (const [kind, id] of Object.entries(ofGlobex)) expect([kind, id]).toEqual([kind, expect.stringMatching(/./)]);
      expect(ofPeople().length).toBeGreaterThan(30);
    });

    it('do not find each other’s things: every route answers as if there were none', async () => {
      for (const route of ofPeople().filter(isAboutSomebody)) {
        const answer = await send(acme, 'sandbox', route, ofGlobex);
        expect([route.operation, answer.status]).toEqual([route.operation, 404]);
        expect(bare(answer, ofGlobex)).toEqual(bare(await send(acme, 'sandbox', route, unknown), unknown));
      }
    });

    it('do not find their own things with the key of another environment', async () => {
      for (const route of ofPeople().filter(isAboutSomebody)) {
        const answer = await send(globex, 'test', route, ofGlobex);
        expect([route.operation, answer.status]).toEqual([route.operation, 404]);
        expect(bare(answer, ofGlobex)).toEqual(bare(await send(globex, 'test', route, unknown), unknown));
      }
    });

    it('are in none of each other’s lists, whatever is asked for', async () => {
      const secret = [...Object.values(ofGlobex), globex.id, globex.account];
      for (const route of ofPeople().filter((one) => one.method === 'GET' && !isAboutSomebody(one))) {
        const filters = Object.entries(LIST_FILTERS[route.operation] ?? {});
        const plain = await acme.in('sandbox', 'GET', `${pathOf(route, ofAcme)}`);
        for (const id of secret) expect([route.operation, JSON.stringify(plain.body).includes(id)]).toEqual([route.operation, false]);
        for (const [filter, kind] of filters) {
          const answer = await send(acme, 'sandbox', route, ofAcme, `?${filter}=${encodeURIComponent(ofGlobex[kind])}`);
          const empty = await send(acme, 'sandbox', route, ofAcme, `?${filter}=${encodeURIComponent(unknown[kind])}`);
          expect([route.operation, filter, bare(answer, ofGlobex)]).toEqual([route.operation, filter, bare(empty, unknown)]);
        }
      }
    });

    it('cannot make something of their own out of each other’s things', async () => {
      for (const operation of ['workspaces.create', 'plans.create']) {
        const route = routes.find((one) => one.operation === operation) as Route;
        const answer = await send(acme, 'sandbox', route, ofGlobex);
        expect([operation, answer.status]).toEqual([operation, 404]);
        expect(bare(answer, ofGlobex)).toEqual(bare(await send(acme, 'sandbox', route, unknown), unknown));
      }
      // A customer may be named before its connection is known; but it never becomes what the other one's connection would show.
      const customers = routes.find(({ operation }) => operation === 'customers.create') as Route;
      const made = (await send(acme, 'sandbox', customers, ofGlobex)).body as { id: string };
      const isLookedUp = async () =>
        (await acme.read<{ standing: { state: string } }>(`/v1/customers/${made.id}`)).standing.state === 'unverified';
      await until('it was looked up in vain', isLookedUp);
      expect(await acme.read(`/v1/customers/${made.id}`)).toMatchObject({
        name: null,
        email: null,
        standing: { reasons: ['connection-removed'] },
      });
    });

    it('change nothing of each other’s, and cannot use the doors between services', async () => {
      expect(await globex.read(`/v1/customers/${ofGlobex.customer}`)).toMatchObject({ name: ofGlobex.externalId });
      expect(await globex.read(`/v1/connections/${ofGlobex.connection}`)).toMatchObject({ status: 'verified' });
      for (const { method, path } of routes.filter((one) => one.path.startsWith('/internal/'))) {
        const answer = await acme.ask(method, path.replace('{id}', ofGlobex.connection), method === 'GET' ? undefined : {});
        expect([path, answer.status]).toEqual([path, 401]);
      }
      const door = `/internal/connections/${ofGlobex.connection}/credentials`;
      const asAcme = { 'turnpike-organization': acme.id, 'turnpike-environment': 'sandbox' };
      expect((await of().internally('GET', door, undefined, asAcme)).status).toBe(404);
    });
  });
}
