/** The two Stripe sync engines, made ready on a database of their own. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ENGINES = { '@supabase/stripe-sync-engine 0.48.5': 'supabase', '@stripe/sync-engine 1.0.32': 'stripe' } as const;
export type EngineName = (typeof ENGINES)[keyof typeof ENGINES];

export interface EngineWish {
  readonly engine: EngineName;
  readonly databaseUrl: string;
  readonly secret: string;
  /** Of each kind of object that will be sent, one: they make columns. */
  readonly examples: Readonly<Record<string, object>>;
  /** Where it asks about objects: lists that are cut are fetched whole, and objects of these kinds each time one is told of. Null: nowhere. */
  readonly asks: { readonly host: string; readonly port: number; readonly revalidates: readonly string[] } | null;
}

export interface Engine {
  /** Verifies, and applies. @throws when it does not */
  processWebhook(body: Buffer, signature: string | undefined): Promise<void>;
}
interface Logger {
  info(...words: unknown[]): void;
  warn(...words: unknown[]): void;
  error(...words: unknown[]): void;
}
/** Their client, of whichever version of the SDK. */
interface Client {
  _setApiField(field: string, value: unknown): void;
}
/** Both engines as far as they are used here. */
interface SupabasePackage {
  StripeSync: new (config: object) => Engine & { stripe: Client };
  runMigrations(config: object): Promise<void>;
}
interface StripePackage {
  StripeSync: { create(config: object): Promise<{ webhook: Engine; stripe: Client }> };
  runMigrations(config: object): Promise<void>;
}

// Their builds as ES modules look for their migrations in a __dirname that is not there; those for `require` work.
const require = createRequire(new URL('../peers/package.json', import.meta.url));

export async function startEngine(wish: EngineWish): Promise<Engine> {
  const { asks, databaseUrl, engine, examples, secret } = wish;
  const config = {
    poolConfig: { connectionString: databaseUrl, max: 10 },
    stripeSecretKey: 'sk_test_nobody_is_ever_called',
    stripeWebhookSecret: secret,
    stripeAccountId: 'acct_bench',
    backfillRelatedEntities: false,
    autoExpandLists: asks !== null,
    revalidateObjectsViaStripeApi: asks?.revalidates ?? [],
  };
  // What goes wrong in a migration is told to the logger and nobody else.
  const failures: unknown[] = [];
  const logger: Logger = { info: () => undefined, warn: () => undefined, error: (...words) => void failures.push(...words) };
  const migrated = () => {
    if (failures.length > 0) throw new Error(`The sync engine of ${engine} did not migrate.`, { cause: failures[0] });
  };
  if (engine === 'supabase') {
    const { StripeSync, runMigrations }: SupabasePackage = require('@supabase/stripe-sync-engine');
    await runMigrations({ databaseUrl, schema: 'stripe', logger });
    migrated();
    const made = new StripeSync(config);
    led(made.stripe, asks);
    return made;
  }
  const { StripeSync, runMigrations }: StripePackage = require('@stripe/sync-engine');
  await runMigrations({ databaseUrl, logger, openApiSpecPath: writtenSpec(examples) });
  migrated();
  const made = await StripeSync.create(config);
  led(made.stripe, asks);
  return made.webhook;
}

/** Neither lets its user say where Stripe is. */
function led(client: Client, asks: EngineWish['asks']): void {
  if (asks === null) return;
  for (const [field, value] of Object.entries({ host: asks.host, port: asks.port, protocol: 'http' })) client._setApiField(field, value);
}

/**
 * The second engine makes its tables from Stripe's OpenAPI description, which it would fetch from the network: here, from the objects that
 * are sent. Each of their fields gets its column; the whole description has a few more, which would cost it a little.
 */
function writtenSpec(examples: EngineWish['examples']): string {
  const spec = {
    openapi: '3.0.0',
    info: { version: 'bench' },
    components: { schemas: Object.fromEntries(Object.entries(examples).map(([name, example]) => [name, schemaOf(name, example)])) },
  };
  const path = join(mkdtempSync(join(tmpdir(), 'turnpike-bench-')), 'spec3.json');
  writeFileSync(path, JSON.stringify(spec));
  return path;
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
