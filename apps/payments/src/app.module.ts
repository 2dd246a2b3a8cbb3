import { type DynamicModule, Module } from '@nestjs/common';
import { Epochs, Outbox, type ServiceRoad } from '@turnpike/messaging';
import { Mirror, type MirroredKind, type ShownRow, type ShownRows } from '@turnpike/mirror';
import { Database, KnownApiKeys, KnownOrganizations, Log, SERVICE_TOKEN, type ServiceContext } from '@turnpike/service';
import { type JsonObject, StripeAccess, StripeCalls } from '@turnpike/stripe';
import { PaymentFillsController } from './payment-fills.controller.js';
import type { Config } from './config.js';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceAllService } from './announce-all.service.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesService } from './invoices.service.js';
import { OnApiKeyChanged } from './on-api-key-changed.js';
import { OnConnectionChanged } from './on-connection-changed.js';
import { OnHistoryGapFound } from './on-history-gap-found.js';
import { OnOrganizationChanged } from './on-organization-changed.js';
import { OnStripeEventReceived } from './on-stripe-event-received.js';
import { PaymentsController } from './payments.controller.js';
import { PaymentsService } from './payments.service.js';
import { INVOICES, PAYMENTS, type Reading } from './stripe-readings.js';

@Module({})
export class AppModule {
  /** The app around its parts of the kit. Their configuration is a parameter: many apps run in one process. */
  static of(context: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    const { config, database, apiKeys, organizations, log, road } = context;
    return {
      module: AppModule,
      controllers: [
        OnStripeEventReceived,
        OnApiKeyChanged,
        OnOrganizationChanged,
        OnConnectionChanged,
        OnHistoryGapFound,
        InvoicesController,
        PaymentsController,
        PaymentFillsController,
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
        InvoicesService,
        PaymentsService,
        AnnounceAllService,
        {
          provide: Mirror,
          inject: [InvoicesService, PaymentsService],
          useFactory: (invoices: InvoicesService, payments: PaymentsService) => mirrorOf(context, invoices, payments),
        },
      ],
    };
  }
}

function mirrorOf(
  { config, database, log, name: service, registry }: ServiceContext<Config>,
  invoices: InvoicesService,
  payments: PaymentsService,
): Mirror {
  return new Mirror({
    service,
    database,
    infrastructureUrl: config.INFRASTRUCTURE_DATABASE_URL,
    stripe: new StripeAccess(config, { calls: new StripeCalls(registry) }),
    registry,
    log,
    kinds: [shownBy(INVOICES, invoices), shownBy(PAYMENTS, payments)],
    compareWithinDays: config.COMPARE_WITHIN_DAYS,
  });
}

function shownBy<R extends ShownRow, P extends JsonObject>(reading: Reading<P>, { shown }: { shown: ShownRows<R, P> }): MirroredKind<P> {
  return { ...reading, prepare: (objects) => shown.prepare(objects), show: (object, sight) => shown.show(object, sight) };
}
