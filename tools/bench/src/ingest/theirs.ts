/** One of the two Stripe sync engines behind the same route: it answers 2xx when the object is applied. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, settings } from '../answer.js';
import { customerCreated, subscriptionCreated } from './bodies.js';
import { listen } from './route.js';

export interface TheirsSettings {
  readonly engine: 'supabase' | 'stripe';
  readonly databaseUrl: string;
  readonly secret: string;
}

interface Engine {
  processWebhook(body: Buffer, signature: string | undefined): Promise<void>;
}
interface Logger {
  info(...words: unknown[]): void;
  warn(...words: unknown[]): void;
  error(...words: unknown[]): void;
}
/** Both engines as far as they are used here. */
interface SupabasePackage {
  StripeSync: new (config: object) => Engine;
  runMigrations(config: object): Promise<void>;
}
interface StripePackage {
  StripeSync: { create(config: object): Promise<{ webhook: Engine }> };
  runMigrations(config: object): Promise<void>;
}

// Their builds as ES modules look for their migrations in a __dirname that is not there; those for `require` work.
const require = createRequire(new URL('../../peers/package.json', import.meta.url));
const given = settings<TheirsSettings>();

// What goes wrong in a migration is told to the logger and nobody else.
const failures: unknown[] = [];
const whileMigrating: Logger = { info: () => undefined, warn: () => undefined, error: (...words) => void failures.push(...words) };

const config = {
  poolConfig: { connectionString: given.databaseUrl, max: 10 },
  stripeSecretKey: 'sk_test_nobody_is_ever_called',
  stripeWebhookSecret: given.secret,
  stripeAccountId: 'acct_bench',
  backfillRelatedEntities: false,
  autoExpandLists: false,
};

answer({
  async start(): Promise<string> {
    const engine = given.engine === 'supabase' ? await supabase() : await stripe();
    return listen((body, signature) => engine.processWebhook(body, signature));
  },
});

async function supabase(): Promise<Engine> {
  const { StripeSync, runMigrations }: SupabasePackage = require('@supabase/stripe-sync-engine');
  await runMigrations({ databaseUrl: given.databaseUrl, schema: 'stripe', logger: whileMigrating });
  if (failures.length > 0) throw new Error('@supabase/stripe-sync-engine did not migrate.', { cause: failures[0] });
  return new StripeSync(config);
}

async function stripe(): Promise<Engine> {
  const { StripeSync, runMigrations }: StripePackage = require('@stripe/sync-engine');
  await runMigrations({ databaseUrl: given.databaseUrl, logger: whileMigrating, openApiSpecPath: writtenSpec() });
  if (failures.length > 0) throw new Error('@stripe/sync-engine did not migrate.', { cause: failures[0] });
  return (await StripeSync.create(config)).webhook;
}

/**
 * This engine makes its tables from Stripe's OpenAPI description, which it would fetch from the network: here, from the objects that
 * are sent. Each of their fields gets its column; the whole description has a few more, which would cost it a little.
 */
function writtenSpec(): string {
  const customer = objectIn(customerCreated('spec', 0));
  const subscription = objectIn(subscriptionCreated('spec', 'spec', 0));
  const items: { data: object[] } = Object.assign({ data: [] }, Reflect.get(subscription, 'items'));
  const schemas = { customer, subscription, subscription_item: items.data[0] ?? {} };
  const spec = {
    openapi: '3.0.0',
    info: { version: 'bench' },
    components: { schemas: Object.fromEntries(Object.entries(schemas).map(([name, example]) => [name, schemaOf(name, example)])) },
  };
  const path = join(mkdtempSync(join(tmpdir(), 'turnpike-bench-')), 'spec3.json');
  writeFileSync(path, JSON.stringify(spec));
  return path;
}

function objectIn(body: string): object {
  const event: { data: { object: object } } = JSON.parse(body);
  return event.data.object;
}

function schemaOf(name: string, example: object): object {
  const properties = Object.entries(example).map(([key, value]: [string, unknown]) => [key, { type: typeIn(value), nullable: true }]);
  return { 'x-resourceId': name, type: 'object', properties: Object.fromEntries(properties) };
}

function typeIn(value: unknown): string {
  if (typeof value === 'number') return 'integer';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'object' && value !== null ? 'object' : 'string';
}
