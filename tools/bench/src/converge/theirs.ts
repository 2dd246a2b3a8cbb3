import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresPool } from '@turnpike/service';
import { Child } from '../child.js';
import type { EngineName, EngineWish } from '../engines.js';
import type { Ending } from './ending.js';
import { accountsOf, fetchesPerEvent, play, type World } from './play.js';
import { Sender } from './sender.js';
import { CONFIRMED, type Shown, wrongEndsOf } from './shown.js';
import { itemsOf, printed, type Expected, type Truth } from './stripe-objects.js';
import { StripeServer } from './stripe-server.js';

export interface TheirAttempt extends World {
  readonly engine: EngineName;
  /** An empty database: the administrator's URL, and a look into it. */
  readonly databaseUrl: string;
  readonly inside: PostgresPool;
  /** Each event of these kinds makes it fetch the object. */
  readonly revalidates: readonly string[];
  readonly mostPerSecond: number;
  readonly tell: (line: string) => void;
}

const SECRET = 'whsec_of_the_model_of_stripe';
/** What fails for a reason of its own, such as a 404 that is taken for an error, fails every time. */
const MOST_ATTEMPTS = 6;
/** After the last delivery there is nothing left that could change a row, but requests that are under way. */
const REST_MS = 2_000;

/** Plays the same histories to a sync engine, as it comes: no rate holds it back, and nothing kills it. */
export async function theirEnding(attempt: TheirAttempt): Promise<Ending> {
  const begunAt = performance.now();
  const accounts = accountsOf(attempt);
  const stripe = await StripeServer.start({ accounts, ratePerSecond: Infinity });
  const { databaseUrl, engine, inside, mostPerSecond, revalidates, tell } = attempt;
  const wish: EngineWish = {
    engine,
    databaseUrl,
    secret: SECRET,
    examples: examples(),
    asks: { host: '127.0.0.1', port: stripe.port, revalidates },
  };
  const child = Child.start(new URL('./theirs-child.ts', import.meta.url), null, wish);
  const url = await child.ask<string>('start');
  const sender = new Sender({ urlOf: () => `${url}/webhooks/stripe/all`, secret: SECRET, mostAttempts: MOST_ATTEMPTS });
  try {
    const played = await play({ world: attempt, accounts, sender, mostPerSecond, lag: async () => 0, onBegun: () => undefined, tell });
    await delay(REST_MS);
    const shown = await shownByTheirs(inside);
    return {
      played,
      wrong: wrongEndsOf(played, shown),
      givenUp: sender.givenUp,
      unheard: 0,
      fetchesPerEvent: fetchesPerEvent(played, stripe),
      tally: stripe.tally,
      kills: 0,
      seconds: (performance.now() - begunAt) / 1000,
    };
  } finally {
    sender.stop();
    await child.stop();
    await stripe.stop();
  }
}

/** Their rows hold Stripe's objects: one of them in one column, the other in a column for each field. */
async function shownByTheirs(inside: PostgresPool): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  for (const table of ['customers', 'products', 'subscriptions']) {
    const { rows } = await inside.query<{ object: Readonly<Record<string, unknown>> }>(
      `select coalesce(to_jsonb(t)->'_raw_data', to_jsonb(t)) as object from stripe.${table} t`,
    );
    for (const { object } of rows) shown.set(String(object['id']), { standing: CONFIRMED, shows: readRow(table, object) });
  }
  return shown;
}

function readRow(table: string, object: Readonly<Record<string, unknown>>): Expected {
  const isDeleted = object['deleted'] === true;
  const [name, email] = [String(object['name']), String(object['email'])];
  if (table === 'customers') return { kind: 'customer', isDeleted, name, email };
  if (table === 'products') return { kind: 'product', isDeleted, name, isActive: object['active'] === true };
  const { data }: { data: { id: string; quantity: number }[] } = Object.assign({ data: [] }, object['items']);
  const items = [...data].sort((left, right) => (left.id < right.id ? -1 : 1));
  return { kind: 'subscription', status: String(object['status']), quantities: items.map(({ quantity }) => quantity) };
}

function examples(): EngineWish['examples'] {
  const truth: Truth = { thing: { a: 0, b: 0 }, created: 0, deletedAt: null };
  const [item] = itemsOf('sub_A0N0', 1, truth);
  const example = (kind: 'customer' | 'product' | 'subscription') => printed('cus_A0N0', { kind, items: 1 }, truth);
  return {
    customer: { ...example('customer'), deleted: false },
    product: { ...example('product'), deleted: false },
    subscription: example('subscription'),
    subscription_item: item ?? {},
  };
}
