import type { DynamicModule } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { EntitySchema } from '@mikro-orm/postgresql';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Database } from './database.js';
import type { DeadLetterDesk } from './dead-letter-desk.js';
import type { KnownApiKeys } from './known-api-keys.js';
import type { KnownOrganizations } from './known-organizations.js';
import type { Log } from './logger.js';
import type { DatabasePlan } from './provision.js';

/** The settings every service has. An app adds its own with `.extend`. */
export const ServiceConfig = z.object({
  DATABASE_URL: z.url().describe("the service's own database, as its service role (turnpike_<service>)"),
  INFRASTRUCTURE_DATABASE_URL: z.url().describe('the same database, as the role of its relay and look-ups (turnpike_<service>_infra)'),
  /** Kafka carries the messages when it is set; otherwise the database of BUS_DATABASE_URL does. */
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .optional()
    .describe('host:port, comma separated'),
  BUS_DATABASE_URL: z.url().optional().describe('the database of the in-process bus, as turnpike_bus_infra'),
  /** Longer tolerates longer pauses of a process, shorter hands its partitions on sooner after a crash. A broker takes no less than its own `group.min.session.timeout.ms`. */
  KAFKA_SESSION_TIMEOUT_MS: z.coerce.number().int().min(2_000).max(300_000).default(30_000),
  HOST: z.string().default('127.0.0.1').describe('the address to listen on; 0.0.0.0 in a container'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(0).describe('0 takes a free one'),
  /** `debug` adds a line per refusal and retry; `warn` drops the line per event. */
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  SERVICE_TOKEN: z.string().min(24).describe('at least 24 characters, the same for all services: it opens the doors between them'),
  /** Where a reader that has missed messages asks for everything again. */
  WRITER_URLS: z
    .string()
    .default('')
    .transform(
      (list) =>
        new Map(
          list
            .split(',')
            .filter(Boolean)
            .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
        ),
    )
    .describe('service=url, comma separated'),
  DATA_RESIDENCY: z.string().optional().describe('the region this deployment serves'),
  /** Traces are off without it: nothing is loaded for them, and no message carries one. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('http(s)://host:4318 of an OpenTelemetry collector'),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional().describe('name=value, comma separated: what the collector lets us in by'),
  /** Each trace costs a span per step; a share of them shows the same. Whoever begins a trace decides for all that follow. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1).describe('the share of traces to keep, 0 to 1'),
});
export type ServiceConfig = z.infer<typeof ServiceConfig>;

/** What an app's module is given: its parts of the kit, made for it. */
export interface ServiceContext<C extends ServiceConfig = ServiceConfig> {
  readonly name: string;
  readonly config: C;
  readonly database: Database;
  /** Whose an API key is. Its table is of the app's migration: `knownApiKeyTable`. */
  readonly apiKeys: KnownApiKeys;
  /** Which organizations there are. Its table is of the app's migration: `knownOrganizationTable`. */
  readonly organizations: KnownOrganizations;
  /** All that the service was started with, for what a file of its configuration reads by name (`env:NAME`). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly road: RoadHandle;
  readonly registry: Registry;
  readonly log: Log;
}

/** What a road is opened with. */
export type RoadContext<C extends ServiceConfig = ServiceConfig> = Pick<
  ServiceContext<C>,
  'name' | 'config' | 'database' | 'registry' | 'log'
>;

/** The road as a service sees it before its handlers exist (libs/messaging fulfils it). */
export interface RoadHandle {
  /** Nest's transport for the app's `@OnTopic` handlers. */
  readonly transport: CustomTransportStrategy;
  start(): Promise<void>;
  /** Reads no more, sends what was announced, and closes. */
  stop(): Promise<void>;
  check(): Promise<void>;
  /** The database was set back: a new epoch begins, and everything is told again. */
  restored(): Promise<void>;
  /** Has everything told again that is kept of one organization. @returns the topics that were asked for */
  rebuild(organization: string): Promise<readonly string[]>;
  /** For those who run the service: what it could not apply. */
  readonly deadLetters: DeadLetterDesk;
}

/** A route registered on Fastify itself, described for OpenAPI by its contract. */
export interface PlainRoute {
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it: `/webhooks/stripe/{connectionId}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: ReadonlyArray<{ name: string; in: 'path' | 'header'; description: string }>;
  /** Where the route has one. */
  readonly query?: z.ZodType;
  readonly answer: z.ZodType;
}

/** Everything about an app that its process, the launcher, provisioning and tests need to know. */
export interface ServiceDefinition<S extends typeof ServiceConfig = typeof ServiceConfig, R extends RoadHandle = RoadHandle> {
  readonly name: string;
  readonly title: string;
  readonly config: S;
  readonly entities: readonly EntitySchema[];
  readonly plan: DatabasePlan;
  /** How the paths it answers begin, e.g. `/webhooks/stripe`, `/v1/customers`. One service per prefix. */
  readonly doors: readonly string[];
  /** Routes that Nest does not know, as OpenAPI wants them. */
  readonly plainRoutes?: readonly PlainRoute[];
  openRoad(context: RoadContext<z.infer<S>>): Promise<R>;
  module(context: ServiceContext<z.infer<S>> & { road: R }): DynamicModule;
}
