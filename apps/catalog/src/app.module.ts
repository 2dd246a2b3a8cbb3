import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Intents } from '@turnpike/intents';
import { Jobs } from '@turnpike/jobs';
import { Epochs, Outbox, type ServiceRoad } from '@turnpike/messaging';
import { Mirror, type MirroredKind } from '@turnpike/mirror';
import { Database, KnownApiKeys, KnownOrganizations, Log, SERVICE_TOKEN, type ServiceContext } from '@turnpike/service';
import { type JsonObject, StripeAccess, StripeCalls } from '@turnpike/stripe';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceAllService } from './announce-all.service.js';
import { CatalogFactsService } from './catalog-facts.service.js';
import { CatalogViewsService } from './catalog-views.service.js';
import { CatalogController } from './catalog.controller.js';
import { CatalogFillsController } from './catalog-fills.controller.js';
import type { Config } from './config.js';
import { DeclaredCatalogService } from './declared-catalog.service.js';
import { DriftService } from './drift.service.js';
import { EntityLinks } from './entity-links.js';
import { FillConnectionJob } from './fill-connection.job.js';
import { KnownConnectionsService } from './known-connections.service.js';
import { OnApiKeyChanged } from './on-api-key-changed.js';
import { OnConnectionChanged } from './on-connection-changed.js';
import { OnHistoryGapFound } from './on-history-gap-found.js';
import { OnOrganizationChanged } from './on-organization-changed.js';
import { OnStripeEventReceived } from './on-stripe-event-received.js';
import { PlanVersionsController } from './plan-versions.controller.js';
import { PlanVersionsService } from './plan-versions.service.js';
import { PlansController } from './plans.controller.js';
import { PlansService } from './plans.service.js';
import { ProductsController } from './products.controller.js';
import { ProductsService } from './products.service.js';
import { SightsService } from './sights.service.js';
import { StripeEventsService } from './stripe-events.service.js';
import { PRICES, PRODUCTS, type Reading } from './stripe-readings.js';
import { StripeWrites } from './stripe-writes.service.js';
import { SyncPlanJob } from './sync-plan.job.js';
import { SyncService } from './sync.service.js';

const TOPICS = [OnApiKeyChanged, OnOrganizationChanged, OnConnectionChanged, OnHistoryGapFound, OnStripeEventReceived];
const ROUTES = [
  CatalogController,
  ProductsController,
  PlansController,
  PlanVersionsController,
  CatalogFillsController,
  AnnounceAllController,
];
const SERVICES = [
  CatalogFactsService,
  CatalogViewsService,
  DeclaredCatalogService,
  DriftService,
  KnownConnectionsService,
  PlansService,
  PlanVersionsService,
  ProductsService,
  SightsService,
  StripeEventsService,
  StripeWrites,
  SyncService,
  AnnounceAllService,
  FillConnectionJob,
  SyncPlanJob,
];

@Module({})
export class AppModule {
  /** The app around its parts of the kit. Their configuration is a parameter: many apps run in one process. */
  static of(context: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    const { config, database, apiKeys, organizations, log, road } = context;
    return {
      module: AppModule,
      controllers: [...TOPICS, ...ROUTES],
      providers: [
        { provide: Database, useValue: database },
        { provide: KnownApiKeys, useValue: apiKeys },
        { provide: KnownOrganizations, useValue: organizations },
        { provide: Log, useValue: log },
        { provide: Outbox, useValue: road.outbox },
        { provide: Epochs, useValue: road.epochs },
        { provide: SERVICE_TOKEN, useValue: config.SERVICE_TOKEN },
        { provide: EntityLinks, useValue: new EntityLinks(config) },
        ...waysToStripe(context),
        ...SERVICES,
      ],
    };
  }
}

/** What writes to Stripe, and what looks there. */
function waysToStripe({ config, database, log, name: service, registry }: ServiceContext<Config>): Provider[] {
  const stripe = new StripeAccess(config, { calls: new StripeCalls(registry) });
  const infrastructureUrl = config.INFRASTRUCTURE_DATABASE_URL;
  return [
    { provide: Jobs, useFactory: () => new Jobs(database, config.DATABASE_URL, service, log, registry) },
    { provide: Intents, inject: [Jobs], useFactory: (jobs: Jobs) => new Intents({ database, jobs, stripe, log }) },
    {
      provide: Mirror,
      inject: [SightsService],
      useFactory: (sights: SightsService) =>
        new Mirror({
          service,
          database,
          infrastructureUrl,
          stripe,
          registry,
          log,
          kinds: [seen(PRODUCTS, sights), seen(PRICES, sights)],
          compareWithinDays: config.COMPARE_WITHIN_DAYS,
        }),
    },
  ];
}

function seen<P extends JsonObject>(reading: Reading<P>, sights: SightsService): MirroredKind<P> {
  return { ...reading, show: (object) => sights.show(object) };
}
