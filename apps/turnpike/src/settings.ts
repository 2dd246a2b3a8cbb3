import { readConfig } from '@turnpike/service';
import { z } from 'zod';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** What the launcher itself reads of its environment. The rest reaches a service only where that service's own configuration names it. */
const Settings = z.looseObject({
  DATABASE_URL: z
    .url()
    .optional()
    .describe('a PostgreSQL to use instead of the embedded one, as a role that may create databases and roles'),
  KAFKA_BROKERS: z.string().optional().describe('a Kafka to use, as host:port, comma separated'),
  DECLARATION: z.string().optional().describe('the file that declares organizations, API key hashes and connections'),
  HOST: z.string().default('127.0.0.1').describe('the address to answer on'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('the port to answer on'),
  /** Absent: info, and a person who looks at a terminal is spared it (main.ts). */
  LOG_LEVEL: z.enum(LOG_LEVELS).optional(),
  npm_lifecycle_event: z.string().optional(),
});
export type Settings = z.infer<typeof Settings>;

/** @throws ConfigInvalid naming what is wrong */
export function readSettings(environment?: Readonly<Record<string, string | undefined>>): Settings {
  return readConfig('turnpike', Settings, environment);
}

/** The one word of the environment, where it is one. */
export function wordOf(settings: Settings, name: string): string | undefined {
  const value: unknown = settings[name];
  return typeof value === 'string' ? value : undefined;
}
