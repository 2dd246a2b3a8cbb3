import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StandardSchemaSerializerInterceptor, StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EntitySchema } from '@mikro-orm/postgresql';
import { Registry } from 'prom-client';
import { Database } from './database.js';
import { KnownApiKeys } from './known-api-keys.js';
import { KnownOrganizations } from './known-organizations.js';
import { Log, NestLog, type LogDestination } from './logger.js';
import { HttpMetrics } from './http.metrics.js';
import { addOperatorRoutes } from './operator-routes.js';
import { addApiDocs } from './api-docs.js';
import { InputInvalid, ProblemFilter } from './problem.filter.js';
import { PoolMetrics } from './pool.metrics.js';
import { ANSWER_SECONDS, openPool } from './postgres.js';
import { assertMigrated, assertRole } from './provision.js';
import { readConfig } from './read-config.js';
import { RequestTransaction } from './request-transaction.interceptor.js';
import { addServiceMetrics } from './service.metrics.js';
import type { RoadHandle, ServiceConfig, ServiceDefinition } from './service.js';
import { openTraces, traceRequests } from './traces.js';

/** Connections for looking up whose request it is, before there is an organization. They are opened when the first request comes. */
const LOOK_UPS_AT_ONCE = 3;

export interface RunningService {
  readonly name: string;
  readonly doors: readonly string[];
  readonly registry: Registry;
  /** Answers a request that another server has accepted: many services behind one port. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Accepts connections of its own. @returns the URL */
  listen(): Promise<string>;
  /** Throws when it cannot do its work now, with the reason. */
  check(): Promise<void>;
  /** Accepts nothing new, finishes what runs, sends what was announced, closes. */
  stop(): Promise<void>;
}

/**
 * Starts one service with an environment of its own (not necessarily the process's: many run in one). It refuses to start with roles that
 * could go around row-level security, or with migrations missing.
 * @param logTo standard output unless told
 */
export async function startService<S extends typeof ServiceConfig, R extends RoadHandle>(
  definition: ServiceDefinition<S, R>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  logTo?: LogDestination,
): Promise<RunningService> {
  const { name } = definition;
  const config = readConfig(name, definition.config, environment);
  const closeTraces = await openTraces(name, config);
  const log = Log.of(name, config.LOG_LEVEL, logTo);
  await assertRole(config.DATABASE_URL, 'service');
  await assertRole(config.INFRASTRUCTURE_DATABASE_URL, 'infrastructure');
  await assertMigrated(definition.plan, config.DATABASE_URL);

  const registry = new Registry();
  registry.setDefaultLabels({ service: name });
  const entities: EntitySchema[] = [...definition.entities];
  const database = await Database.open({ url: config.DATABASE_URL, service: name, entities });
  const lookUps = openPool({
    url: config.INFRASTRUCTURE_DATABASE_URL,
    name: `turnpike ${name} look-ups`,
    size: LOOK_UPS_AT_ONCE,
    onError: (error) => log.warn('look-ups.database.connection-lost', { error }),
    answerSeconds: ANSWER_SECONDS.service,
  });
  PoolMetrics.of(registry).watch('look-ups', lookUps);
  PoolMetrics.of(registry).watch('service', await database.openedPool());
  const apiKeys = new KnownApiKeys(database, lookUps);
  const organizations = new KnownOrganizations(database, lookUps);
  const parts = { name, config, database, apiKeys, organizations, environment, registry, log };
  const road = await definition.openRoad(parts);

  const adapter = new FastifyAdapter({
    logger: false,
    genReqId: () => randomUUID(),
    bodyLimit: 1024 * 1024,
    forceCloseConnections: 'idle',
  });
  const app = await NestFactory.create<NestFastifyApplication>(definition.module({ ...parts, road }), adapter, {
    logger: new NestLog(log),
    abortOnError: false,
    bodyParser: true,
  });
  app.useGlobalFilters(new ProblemFilter(log));
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: inputInvalid }));
  app.useGlobalInterceptors(new RequestTransaction(database), new StandardSchemaSerializerInterceptor(app.get(Reflector)));
  app.connectMicroservice({ strategy: road.transport }, { inheritAppConfig: false });
  const check = async () => {
    await database.orm.em.fork().execute('select 1');
    await road.check();
  };
  addServiceMetrics(registry, { check, database: lookUps });
  const fastify = app.getHttpAdapter().getInstance();
  new HttpMetrics(registry).watch(fastify);
  traceRequests(name, fastify);
  addOperatorRoutes(fastify, { name, registry, road, apiKeys, check, serviceToken: config.SERVICE_TOKEN, log });
  addApiDocs(app, definition);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  await road.start();
  await app.startAllMicroservices();

  return {
    name,
    doors: definition.doors,
    registry,
    handle: (request, response) => app.getHttpAdapter().getInstance().routing(request, response),
    listen: async () => {
      await app.listen(config.PORT, config.HOST);
      const url = await app.getUrl();
      log.info('service.listening', { url });
      return url;
    },
    check,
    stop: async () => {
      await app.close();
      await road.stop();
      await lookUps.end();
      await database.close();
      await closeTraces();
      log.info('service.stopped');
    },
  };
}

function inputInvalid(
  issues: readonly { message: string; path?: ReadonlyArray<PropertyKey | { key: PropertyKey }> | undefined; code?: unknown }[],
): InputInvalid {
  return new InputInvalid(
    issues.map((issue) => ({
      pointer: (issue.path ?? []).map((part) => `/${String(typeof part === 'object' ? part.key : part)}`).join(''),
      code: typeof issue.code === 'string' ? issue.code : 'invalid',
      message: issue.message,
    })),
  );
}
