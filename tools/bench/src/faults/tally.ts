import { CustomerChanged, StripeEventReceived } from '@turnpike/contracts-events';
import { until } from '@turnpike/testing';
import type { Deliveries } from './deliveries.js';
import type { ServiceName, Stage } from './stage.js';

/** What became of the events that were answered with 2xx. */
export interface Tally {
  readonly accepted: number;
  /** Answered with 2xx and not in the gateway's database. */
  readonly notDurable: number;
  /** Durable, and without effect somewhere. */
  readonly lost: number;
  /** Took effect more than once somewhere. */
  readonly doubled: number;
  /** What was missing where, and what came twice where: for whoever must find out why. */
  readonly where: Readonly<Record<string, number>>;
}

/** Waits until every accepted event has gone all its way, or nothing moves any more, and counts. */
export async function tallyOf(stage: Stage, loads: readonly Deliveries[], quietMs = 30_000): Promise<Tally> {
  const accepted = loads.flatMap((load) => [...load.accepted.keys()]);
  await settled(stage, accepted.length, quietMs);
  const events = await absent(stage, 'gateway', 'select event_id as id from stripe_event', accepted);
  const hints = await absent(stage, 'books', `select id from effect where topic = '${StripeEventReceived.name}'`, accepted);
  const customerIds = accepted.map((id) => id.replace(/^evt_/, 'cus_'));
  const rows = await absent(stage, 'customers', 'select stripe_id as id from customer', customerIds);
  const states = await absent(stage, 'books', `select id from effect where topic = '${CustomerChanged.name}'`, customerIds);
  const known = stage.of('entitlements').length > 0 ? await unknownToEntitlements(stage) : 0;
  const number = async (service: ServiceName, text: string) =>
    Number((await stage.databases.inside(service).query<{ n: string }>(text)).rows[0]?.n ?? 0);
  const effects = await number('books', 'select count(*) as n from effect where times > 1');
  // One event each: whoever has a second state was changed twice by it.
  const second = await number('customers', 'select count(*) as n from customer where version_n > 1');
  const announced = await number(
    'gateway',
    `select count(*) - count(distinct (organization, convert_from(body, 'utf8')::jsonb ->> 'eventId')) as n
       from outbox where topic = '${StripeEventReceived.name}' and organization <> ''`,
  );
  const where = { hints, rows, states, known, effects, second, announced };
  return {
    accepted: accepted.length,
    notDurable: events,
    lost: hints + rows + states + known,
    doubled: effects + second + announced,
    where,
  };
}

async function settled(stage: Stage, events: number, quietMs: number): Promise<void> {
  const count = async (service: ServiceName, text: string) =>
    Number((await stage.databases.inside(service).query<{ n: string }>(text)).rows[0]?.n ?? 0);
  let [last, movedAt] = [-1, Date.now()];
  await until(
    'everything has gone its way',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const hints = await count('books', `select count(*) as n from effect where topic = '${StripeEventReceived.name}'`);
      const states = await count('books', `select count(*) as n from effect where topic = '${CustomerChanged.name}'`);
      const there = stage.of('entitlements').length > 0 ? await count('entitlements', 'select count(*) as n from known_customer') : states;
      if (hints >= events && states >= events && there >= events) return true;
      const now = hints + states + there;
      if (now !== last) [last, movedAt] = [now, Date.now()];
      return Date.now() - movedAt > quietMs;
    },
    600_000,
  );
}

/** How many of these ids a statement does not find. */
async function absent(stage: Stage, service: ServiceName, text: string, ids: readonly string[]): Promise<number> {
  const { rows } = await stage.databases.inside(service).query<{ id: string }>(text);
  const found = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !found.has(id)).length;
}

async function unknownToEntitlements(stage: Stage): Promise<number> {
  const { rows } = await stage.databases.inside('customers').query<{ id: string }>('select id from customer');
  return absent(
    stage,
    'entitlements',
    'select id from known_customer',
    rows.map(({ id }) => id),
  );
}
