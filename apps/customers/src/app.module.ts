import { type DynamicModule, Module } from '@nestjs/common';
import { Outbox, type ServiceRoad } from '@turnpike/messaging';
import { Database, Declaration, Log, SERVICE_TOKEN, type ServiceContext } from '@turnpike/service';
import type { Config } from './config.js';
import { AnnounceAllController } from './announce-all.controller.js';
import { AnnounceAllService } from './announce-all.service.js';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';
import { CustomersMetrics } from './metrics.js';
import { OnStripeEventReceived } from './on-stripe-event-received.js';
import { StripeObjectsService } from './stripe-objects.service.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';

@Module({})
export class AppModule {
  /** The app around its parts of the kit. Their configuration is a parameter: many apps run in one process. */
  static of({ config, database, declaration, log, registry, road }: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    return {
      module: AppModule,
      controllers: [OnStripeEventReceived, CustomersController, SubscriptionsController, AnnounceAllController],
      providers: [
        { provide: Database, useValue: database },
        { provide: Declaration, useValue: declaration },
        { provide: Log, useValue: log },
        { provide: Outbox, useValue: road.outbox },
        { provide: SERVICE_TOKEN, useValue: config.SERVICE_TOKEN },
        { provide: CustomersMetrics, useFactory: () => new CustomersMetrics(registry) },
        CustomersService,
        SubscriptionsService,
        StripeObjectsService,
        AnnounceAllService,
      ],
    };
  }
}
