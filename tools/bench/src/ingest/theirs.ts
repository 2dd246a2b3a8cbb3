/** One of the two Stripe sync engines behind the same route: it answers 2xx when the object is applied. */
import { createRequire } from 'node:module';
import { answer, settings } from '../answer.js';
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
  await runMigrations({ databaseUrl: given.databaseUrl, logger: whileMigrating });
  if (failures.length > 0) throw new Error('@stripe/sync-engine did not migrate.', { cause: failures[0] });
  return (await StripeSync.create(config)).webhook;
}
