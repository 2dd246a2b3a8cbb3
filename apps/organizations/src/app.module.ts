import { type DynamicModule, Module } from '@nestjs/common';
import { Epochs, Outbox, type ServiceRoad } from '@turnpike/messaging';
import { Database, KnownApiKeys, KnownOrganizations, Log, readDeclaration, SERVICE_TOKEN, type ServiceContext } from '@turnpike/service';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceAllService } from './announce-all.service.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';
import type { Config } from './config.js';
import { DeclaredOrganizations } from './declared-organizations.service.js';
import { OrganizationController } from './organization.controller.js';
import { OrganizationsController } from './organizations.controller.js';
import { OrganizationsService } from './organizations.service.js';

@Module({})
export class AppModule {
  static of({
    config,
    database,
    apiKeys: knownApiKeys,
    organizations: known,
    log,
    road,
  }: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    const apiKeys = new ApiKeysService(database, road.outbox, knownApiKeys);
    const organizations = new OrganizationsService(database, road.outbox, known, apiKeys, config.DATA_RESIDENCY);
    const file = config.DECLARATION === undefined ? null : readDeclaration(config.DECLARATION);
    return {
      module: AppModule,
      controllers: [AnnounceAllController, OrganizationsController, OrganizationController, ApiKeysController],
      providers: [
        { provide: Database, useValue: database },
        { provide: Log, useValue: log },
        { provide: Outbox, useValue: road.outbox },
        { provide: Epochs, useValue: road.epochs },
        { provide: SERVICE_TOKEN, useValue: config.SERVICE_TOKEN },
        { provide: KnownApiKeys, useValue: knownApiKeys },
        { provide: KnownOrganizations, useValue: known },
        { provide: ApiKeysService, useValue: apiKeys },
        { provide: OrganizationsService, useValue: organizations },
        { provide: DeclaredOrganizations, useValue: new DeclaredOrganizations(file, database, organizations, apiKeys, known, log) },
        AnnounceAllService,
      ],
    };
  }
}
