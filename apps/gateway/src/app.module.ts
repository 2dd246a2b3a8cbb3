import { Module, type DynamicModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { ServiceRoad } from '@turnpike/messaging';
import {
  ANSWER_SECONDS,
  Database,
  KnownApiKeys,
  type Log,
  openPool,
  PoolMetrics,
  type PostgresPool,
  SERVICE_TOKEN,
  type ServiceContext,
} from '@turnpike/service';
import { ConnectionsDoor, StripeAccess, StripeCalls } from '@turnpike/stripe';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceEvents } from './announce-events.job.js';
import { AnnounceRunsService } from './announce-runs.service.js';
import { BodyCipher } from './body-cipher.js';
import type { Config } from './config.js';
import { addConnectionMetrics } from './connection.metrics.js';
import { DeliveryQueue } from './delivery-queue.js';
import { EventCursorsService } from './event-cursors.service.js';
import { EventSweepsService } from './event-sweeps.service.js';
import { GapSweepsController } from './gap-sweeps.controller.js';
import { GapSweepsService } from './gap-sweeps.service.js';
import { KeepEvents } from './keep-events.job.js';
import { KnownConnections } from './known-connections.service.js';
import { OnApiKeyChanged } from './on-api-key-changed.js';
import { OnConnectionChanged } from './on-connection-changed.js';
import { StoredBodies } from './stored-bodies.js';
import { StripeEventReplaysController } from './stripe-event-replays.controller.js';
import { StripeEventReplaysService } from './stripe-event-replays.service.js';
import { StripeEventsService, type Delivery, type StoredDelivery } from './stripe-events.service.js';
import { StripeWebhooksController } from './stripe-webhooks.controller.js';
import { SweepEvents } from './sweep-events.job.js';
import { SweepMetrics } from './sweep.metrics.js';
import { WebhookMetrics } from './webhook.metrics.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** For the addresses of deliveries, of which nearly all are remembered, and for who is to be polled. */
const LOOK_UPS_AT_ONCE = 3;
/** Of the service's ten connections; the others are for the jobs and for questions. */
const TRANSACTIONS_AT_ONCE = 6;

@Module({})
export class AppModule {
  static of({ apiKeys, config, database, log, registry, road }: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    const metrics = new WebhookMetrics(registry);
    const cipher = new BodyCipher(config.WEBHOOK_BODY_KEY, config.WEBHOOK_BODY_KEY_BEFORE);
    const events = new StripeEventsService(database, road.outbox, cipher);
    const lookUps = openLookUps(config, log);
    PoolMetrics.of(registry).watch('connections', lookUps);
    addConnectionMetrics(registry, lookUps);
    const known = new KnownConnections(database, lookUps);
    const secrets = new WebhookSecrets({ known, door: new ConnectionsDoor(config), log });
    const gaps = new GapSweepsService(database, known, road.outbox);
    const sweeping = {
      pollEverySeconds: config.POLL_EVERY_SECONDS,
      sweepEverySeconds: config.SWEEP_EVERY_SECONDS,
      graceSeconds: config.SWEEP_GRACE_SECONDS,
      tickSeconds: Math.min(config.POLL_EVERY_SECONDS, config.SWEEP_EVERY_SECONDS, config.SWEEP_GRACE_SECONDS),
      startedAt: new Date(),
    };
    const sweeps = new EventSweepsService({
      ...{ database, events, gaps, log, ...sweeping },
      cursors: new EventCursorsService(database),
      stripe: new StripeAccess(config, { calls: new StripeCalls(registry) }),
      metrics: new SweepMetrics(registry, () => known.oldestKnownSeconds()),
    });
    const bodies = new StoredBodies(cipher, log);
    const runs = new AnnounceRunsService({ database, known, events, bodies, log });
    const replays = new StripeEventReplaysService({ database, known, events, bodies, log });
    const queue = new DeliveryQueue<Delivery, StoredDelivery>({
      store: (organization, batch) => events.store(organization, batch),
      mostPerBatch: config.INGEST_BATCH_MAX,
      mostAtOncePerLane: config.INGEST_BATCHES_AT_ONCE,
      mostAtOnce: TRANSACTIONS_AT_ONCE,
      onBatch: (size) => metrics.batchSize.observe(size),
      onTriedAlone: (organization, size, error) =>
        log.warn('webhook.batch.tried-alone', { organization, size, error: error instanceof Error ? error : new Error(String(error)) }),
    });
    const webhooks = { secrets, queue, metrics, log, toleranceSeconds: config.WEBHOOK_TOLERANCE_SECONDS, clock: () => new Date() };
    return {
      module: AppModule,
      controllers: [AnnounceAllController, StripeEventReplaysController, GapSweepsController, OnApiKeyChanged, OnConnectionChanged],
      providers: [
        {
          provide: StripeWebhooksController,
          useFactory: (host: HttpAdapterHost) => new StripeWebhooksController(host, webhooks),
          inject: [HttpAdapterHost],
        },
        { provide: Database, useValue: database },
        { provide: KnownConnections, useValue: known },
        { provide: WebhookSecrets, useValue: secrets },
        { provide: SweepEvents, useValue: new SweepEvents(known, sweeps, sweeping.tickSeconds, sweeping.startedAt, log) },
        { provide: GapSweepsService, useValue: gaps },
        { provide: KnownApiKeys, useValue: apiKeys },
        { provide: AnnounceRunsService, useValue: runs },
        { provide: StripeEventReplaysService, useValue: replays },
        { provide: AnnounceEvents, useValue: new AnnounceEvents(runs, log) },
        { provide: KeepEvents, useValue: new KeepEvents(database, log) },
        { provide: SERVICE_TOKEN, useValue: config.SERVICE_TOKEN },
      ],
    };
  }
}

/** A delivery has no organization before its address is looked up: that is the infrastructure role's to see. */
function openLookUps(config: Config, log: Log): PostgresPool {
  return openPool({
    url: config.INFRASTRUCTURE_DATABASE_URL,
    name: 'turnpike gateway connections',
    size: LOOK_UPS_AT_ONCE,
    onError: (error) => log.warn('gateway.database.connection-lost', { error }),
    answerSeconds: ANSWER_SECONDS.service,
  });
}
