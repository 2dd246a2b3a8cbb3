import { type DynamicModule, Module } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { Epochs, Outbox, type ServiceRoad } from '@turnpike/messaging';
import {
  Database,
  declaredConnections,
  KnownApiKeys,
  KnownOrganizations,
  Log,
  openPool,
  SERVICE_TOKEN,
  readDeclaration,
  type ServiceContext,
} from '@turnpike/service';
import { StripeCalls } from '@turnpike/stripe';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceAllService } from './announce-all.service.js';
import type { Config } from './config.js';
import { ConnectionRowsService } from './connection-rows.service.js';
import { ConnectionsController } from './connections.controller.js';
import { ConnectionsService } from './connections.service.js';
import { CredentialsController } from './credentials.controller.js';
import { DeclaredConnections, DeclaredConnectionsService } from './declared-connections.service.js';
import { OnApiKeyChanged } from './on-api-key-changed.js';
import { OnOrganizationChanged } from './on-organization-changed.js';
import { PlaceEndpointJob } from './place-endpoint.job.js';
import { RemoveConnectionJob } from './remove-connection.job.js';
import { RetireEndpointJob } from './retire-endpoint.job.js';
import { KeyRing } from './secret-cipher.js';
import { SecretsService } from './secrets.service.js';
import { StripeAddresses } from './stripe-addresses.js';
import { StripeRatesService } from './stripe-rates.service.js';
import { TendEndpoints } from './tend-endpoints.job.js';
import { VerificationsService } from './verifications.service.js';
import { VerifyConnectionJob } from './verify-connection.job.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

@Module({})
export class AppModule {
  static of(context: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    const { config, database, apiKeys, organizations, environment, log, registry, road } = context;
    return {
      module: AppModule,
      controllers: [OnApiKeyChanged, OnOrganizationChanged, ConnectionsController, CredentialsController, AnnounceAllController],
      providers: [
        { provide: Database, useValue: database },
        { provide: KnownApiKeys, useValue: apiKeys },
        { provide: KnownOrganizations, useValue: organizations },
        { provide: Log, useValue: log },
        { provide: Outbox, useValue: road.outbox },
        { provide: Epochs, useValue: road.epochs },
        { provide: SERVICE_TOKEN, useValue: config.SERVICE_TOKEN },
        { provide: Jobs, useFactory: () => new Jobs(database, config.DATABASE_URL, 'connections', log, registry) },
        { provide: KeyRing, useValue: new KeyRing(config.SECRETS_KEY, config.SECRETS_KEY_BEFORE) },
        { provide: StripeAddresses, useValue: new StripeAddresses(config, new StripeCalls(registry)) },
        {
          provide: DeclaredConnections,
          useValue: new DeclaredConnections(
            config.DECLARATION === undefined ? null : declaredConnections(readDeclaration(config.DECLARATION), environment),
          ),
        },
        {
          provide: StripeRatesService,
          inject: [ConnectionRowsService],
          useFactory: (rows: ConnectionRowsService) => ratesOf(context, rows),
        },
        SecretsService,
        ConnectionRowsService,
        ConnectionsService,
        VerificationsService,
        WebhookEndpointsService,
        DeclaredConnectionsService,
        AnnounceAllService,
        VerifyConnectionJob,
        PlaceEndpointJob,
        RetireEndpointJob,
        RemoveConnectionJob,
        TendEndpoints,
      ],
    };
  }
}

function ratesOf({ config, database, log, name }: ServiceContext<Config>, rows: ConnectionRowsService): StripeRatesService {
  const pool = openPool({
    url: config.INFRASTRUCTURE_DATABASE_URL,
    name: `turnpike ${name} rates`,
    size: 3,
    onError: (error) => log.warn('stripe-rates.database.connection-lost', { error }),
  });
  return new StripeRatesService({ database, rows, pool, limits: config.STRIPE_RATES });
}
