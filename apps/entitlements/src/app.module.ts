import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Jobs } from '@turnpike/jobs';
import { Epochs, Outbox, type ServiceRoad } from '@turnpike/messaging';
import { Database, KnownApiKeys, KnownOrganizations, Log, SERVICE_TOKEN, type ServiceContext } from '@turnpike/service';
import { AccessReplica } from './access-replica.js';
import { AccessService } from './access.service.js';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceAllService } from './announce-all.service.js';
import type { Config } from './config.js';
import { DefinedFeatures } from './defined-features.js';
import { EntitlementChecksController } from './entitlement-checks.controller.js';
import { EntitlementsController } from './entitlements.controller.js';
import { EntitlementsService } from './entitlements.service.js';
import { KnownFactsService } from './known-facts.service.js';
import { MoveAccessJob } from './move-access.job.js';
import { OnApiKeyChanged } from './on-api-key-changed.js';
import { OnClockChanged } from './on-clock-changed.js';
import { OnCustomerChanged } from './on-customer-changed.js';
import { OnOrganizationChanged } from './on-organization-changed.js';
import { OnPlanVersionChanged } from './on-plan-version-changed.js';
import { OnSubscriptionChanged } from './on-subscription-changed.js';
import { OnWorkspaceChanged } from './on-workspace-changed.js';
import { RecomputeAccessJob } from './recompute-access.job.js';

const HEARD = [
  OnApiKeyChanged,
  OnClockChanged,
  OnCustomerChanged,
  OnOrganizationChanged,
  OnPlanVersionChanged,
  OnSubscriptionChanged,
  OnWorkspaceChanged,
];

@Module({})
export class AppModule {
  /** The app around its parts of the kit. Their configuration is a parameter: many apps run in one process. */
  static of(context: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    const { name, config, database, apiKeys, organizations, log, registry, road } = context;
    return {
      module: AppModule,
      controllers: [...HEARD, EntitlementsController, AnnounceAllController],
      providers: [
        { provide: Database, useValue: database },
        { provide: KnownApiKeys, useValue: apiKeys },
        { provide: KnownOrganizations, useValue: organizations },
        { provide: Log, useValue: log },
        { provide: Outbox, useValue: road.outbox },
        { provide: Epochs, useValue: road.epochs },
        { provide: SERVICE_TOKEN, useValue: config.SERVICE_TOKEN },
        { provide: Jobs, useFactory: () => new Jobs(database, config.DATABASE_URL, name, log, registry) },
        { provide: AccessReplica, useFactory: () => new AccessReplica(database, road, config.STALE_AFTER_SECONDS * 1000) },
        {
          provide: EntitlementChecksController,
          useFactory: (host: HttpAdapterHost, answers: EntitlementsService) => new EntitlementChecksController(host, apiKeys, answers, log),
          inject: [HttpAdapterHost, EntitlementsService],
        },
        AccessService,
        AnnounceAllService,
        DefinedFeatures,
        EntitlementsService,
        KnownFactsService,
        MoveAccessJob,
        RecomputeAccessJob,
      ],
    };
  }
}
