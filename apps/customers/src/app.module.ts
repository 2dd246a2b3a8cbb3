import { type DynamicModule, Module } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { Epochs, Outbox, type ServiceRoad } from '@turnpike/messaging';
import { Mirror, type MirroredKind } from '@turnpike/mirror';
import { Database, KnownApiKeys, KnownOrganizations, Log, SERVICE_TOKEN, type ServiceContext } from '@turnpike/service';
import {
  type NormalisedCustomer,
  type NormalisedSubscription,
  type NormalisedTestClock,
  StripeAccess,
  StripeCalls,
} from '@turnpike/stripe';
import { CustomerFillsController } from './customer-fills.controller.js';
import type { Config } from './config.js';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceAllService } from './announce-all.service.js';
import { ClocksService } from './clocks.service.js';
import { CustomerMergesService } from './customer-merges.service.js';
import { CustomerRows } from './customer-rows.service.js';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';
import { LinkCustomerJob } from './link-customer.job.js';
import { OnApiKeyChanged } from './on-api-key-changed.js';
import { OnConnectionChanged } from './on-connection-changed.js';
import { OnHistoryGapFound } from './on-history-gap-found.js';
import { OnOrganizationChanged } from './on-organization-changed.js';
import { OnStripeEventReceived } from './on-stripe-event-received.js';
import { RegisteredCustomersService } from './registered-customers.service.js';
import { CUSTOMERS, SUBSCRIPTIONS, TEST_CLOCKS } from './stripe-readings.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { WorkspacesController } from './workspaces.controller.js';
import { WorkspacesService } from './workspaces.service.js';

@Module({})
export class AppModule {
  /** The app around its parts of the kit. Their configuration is a parameter: many apps run in one process. */
  static of(context: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    const { apiKeys, config, database, log, name, organizations, registry, road } = context;
    return {
      module: AppModule,
      controllers: [
        OnStripeEventReceived,
        OnApiKeyChanged,
        OnOrganizationChanged,
        OnConnectionChanged,
        OnHistoryGapFound,
        CustomersController,
        SubscriptionsController,
        WorkspacesController,
        CustomerFillsController,
        AnnounceAllController,
      ],
      providers: [
        { provide: Database, useValue: database },
        { provide: KnownApiKeys, useValue: apiKeys },
        { provide: KnownOrganizations, useValue: organizations },
        { provide: Log, useValue: log },
        { provide: Outbox, useValue: road.outbox },
        { provide: Epochs, useValue: road.epochs },
        { provide: SERVICE_TOKEN, useValue: config.SERVICE_TOKEN },
        { provide: Jobs, useFactory: () => new Jobs(database, config.DATABASE_URL, name, log, registry) },
        {
          provide: Mirror,
          inject: [CustomersService, SubscriptionsService, ClocksService],
          useFactory: (customers: CustomersService, subscriptions: SubscriptionsService, clocks: ClocksService) =>
            mirrorOf(context, customers, subscriptions, clocks),
        },
        CustomerRows,
        CustomersService,
        RegisteredCustomersService,
        CustomerMergesService,
        SubscriptionsService,
        ClocksService,
        WorkspacesService,
        LinkCustomerJob,
        AnnounceAllService,
      ],
    };
  }
}

/** What is mirrored of Stripe here, and who shows it. */
function mirrorOf(
  { config, database, log, name, registry }: ServiceContext<Config>,
  customers: CustomersService,
  subscriptions: SubscriptionsService,
  clocks: ClocksService,
): Mirror {
  const ofCustomers: MirroredKind<NormalisedCustomer> = {
    ...CUSTOMERS,
    prepare: (objects) => customers.prepare(objects),
    show: (object, sight) => customers.keep(object, sight),
  };
  const ofSubscriptions: MirroredKind<NormalisedSubscription> = {
    ...SUBSCRIPTIONS,
    prepare: (objects) => subscriptions.prepare(objects),
    show: (object, sight) => subscriptions.keep(object, sight),
  };
  const ofClocks: MirroredKind<NormalisedTestClock> = { ...TEST_CLOCKS, show: (object, sight) => clocks.keep(object, sight) };
  return new Mirror({
    service: name,
    database,
    infrastructureUrl: config.INFRASTRUCTURE_DATABASE_URL,
    stripe: new StripeAccess(config, { calls: new StripeCalls(registry) }),
    registry,
    log,
    kinds: [ofCustomers, ofSubscriptions, ofClocks],
    compareWithinDays: config.COMPARE_WITHIN_DAYS,
  });
}
