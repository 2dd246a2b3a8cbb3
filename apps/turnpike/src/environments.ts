import { readFileSync } from 'node:fs';
import type { Secrets } from './installation.js';
import type { Databases } from './provisioning.js';
import type { Service } from './services.js';
import { wordOf, type Settings } from './settings.js';

/** What all services of one installation share, without knowing each other. */
export interface Surroundings {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly databases: Databases;
  /** The file of declared organizations. */
  readonly declaration: string;
  /** host:port, comma separated; null for the in-process bus. */
  readonly brokers: string | null;
  /** The front door, through which services reach each other. */
  readonly url: string;
  /** The Sandbox, which stands where Stripe does in the environment of that name. */
  readonly sandboxUrl: string;
  readonly services: readonly Pick<Service, 'name'>[];
}

/**
 * The whole environment of one service: its own database as its own roles, the bus, and of our environment only what its settings name, or
 * the declaration where it reads that. So a service sees neither another's password nor the administrator's.
 */
export function environmentOf(service: Pick<Service, 'name' | 'settings'>, around: Surroundings): Record<string, string> {
  const database = around.databases.get(service.name);
  const bus = around.databases.get('bus');
  if (!database || !bus) throw new Error(`${service.name} has no database. Is it in services.ts?`);
  const given: Record<string, string> = {};
  const declared = service.settings.includes('DECLARATION') ? namesIn(around.declaration) : [];
  for (const name of [...service.settings, ...declared]) {
    const word = wordOf(around.settings, name);
    if (word !== undefined) given[name] = word;
  }
  const own: Record<string, string> = {
    WEBHOOK_BODY_KEY: around.secrets.webhookBodyKey,
    SECRETS_KEY: around.secrets.secretsKey,
    ...given,
    STRIPE_SANDBOX_URL: around.sandboxUrl,
    SELF_URL: around.url,
    DATABASE_URL: database.url,
    INFRASTRUCTURE_DATABASE_URL: database.infrastructureUrl,
    HOST: '127.0.0.1',
    PORT: '0',
    DECLARATION: around.declaration,
    SERVICE_TOKEN: around.secrets.serviceToken,
    WRITER_URLS: around.services.map(({ name }) => `${name}=${around.url}`).join(','),
    ...(around.brokers === null ? { BUS_DATABASE_URL: bus.infrastructureUrl } : { KAFKA_BROKERS: around.brokers }),
  };
  // Asked for by the settings of this service, or declared: nothing else of the above or of ours.
  const wanted = new Set([...service.settings, ...Object.keys(given)]);
  return Object.fromEntries(Object.entries(own).filter(([name]) => wanted.has(name)));
}

/** The variables that the declaration reads secrets from (`env:NAME`). A file that cannot be read is the service's to complain about. */
function namesIn(declaration: string): string[] {
  try {
    return [...readFileSync(declaration, 'utf8').matchAll(/"env:([A-Za-z_][A-Za-z0-9_]*)"/g)].flatMap(([, name]) => name ?? []);
  } catch {
    return [];
  }
}
