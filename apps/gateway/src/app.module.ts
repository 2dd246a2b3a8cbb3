import { Module, type DynamicModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { ServiceRoad } from '@turnpike/messaging';
import { SERVICE_TOKEN, type ServiceContext } from '@turnpike/service';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceEvents } from './announce-events.job.js';
import { AnnounceRunsService } from './announce-runs.service.js';
import { BodyCipher } from './body-cipher.js';
import type { Config } from './config.js';
import { DeliveryQueue } from './delivery-queue.js';
import { KeepEvents } from './keep-events.job.js';
import { StripeEventsService, type Delivery, type StoredDelivery } from './stripe-events.service.js';
import { StripeWebhooksController } from './stripe-webhooks.controller.js';
import { WebhookMetrics } from './webhook.metrics.js';

/** Of the service's ten connections; the others are for the jobs and for questions. */
const TRANSACTIONS_AT_ONCE = 6;

@Module({})
export class AppModule {
  static of({ config, database, declaration, log, registry, road }: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    const metrics = new WebhookMetrics(registry);
    const cipher = new BodyCipher(config.WEBHOOK_BODY_KEY, config.WEBHOOK_BODY_KEY_BEFORE);
    const events = new StripeEventsService(database, road.outbox, cipher);
    const runs = new AnnounceRunsService({ database, declaration, events, cipher, log });
    const queue = new DeliveryQueue<Delivery, StoredDelivery>({
      store: (organization, batch) => events.store(organization, batch),
      mostPerBatch: config.INGEST_BATCH_MAX,
      mostAtOncePerLane: config.INGEST_BATCHES_AT_ONCE,
      mostAtOnce: TRANSACTIONS_AT_ONCE,
      onBatch: (size) => metrics.batchSize.observe(size),
      onTriedAlone: (organization, size, error) =>
        log.warn('webhook.batch.tried-alone', { organization, size, error: error instanceof Error ? error : new Error(String(error)) }),
    });
    const webhooks = { declaration, queue, metrics, log, toleranceSeconds: config.WEBHOOK_TOLERANCE_SECONDS, clock: () => new Date() };
    return {
      module: AppModule,
      controllers: [AnnounceAllController],
      providers: [
        {
          provide: StripeWebhooksController,
          useFactory: (host: HttpAdapterHost) => new StripeWebhooksController(host, webhooks),
          inject: [HttpAdapterHost],
        },
        { provide: AnnounceRunsService, useValue: runs },
        { provide: AnnounceEvents, useValue: new AnnounceEvents(runs, log) },
        { provide: KeepEvents, useValue: new KeepEvents(database, log) },
        { provide: SERVICE_TOKEN, useValue: config.SERVICE_TOKEN },
      ],
    };
  }
}
