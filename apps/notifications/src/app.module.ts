import { type DynamicModule, Module } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { Outbox, type ServiceRoad } from '@turnpike/messaging';
import { Database, KnownApiKeys, KnownOrganizations, Log, type ServiceContext } from '@turnpike/service';
import { Channels } from './channels.js';
import type { Config } from './config.js';
import { KnownFactsService } from './known-facts.service.js';
import { MailboxPageController } from './mailbox-page.controller.js';
import { MailboxController } from './mailbox.controller.js';
import { MailMetrics } from './mail.metrics.js';
import { Mailer } from './mailer.js';
import { NotificationRulesController } from './notification-rules.controller.js';
import { NotificationRulesService } from './notification-rules.service.js';
import { NotificationsController } from './notifications.controller.js';
import { NotificationsService } from './notifications.service.js';
import { OnAccessChanged } from './on-access-changed.js';
import { OnApiKeyChanged } from './on-api-key-changed.js';
import { OnClockChanged } from './on-clock-changed.js';
import { OnCustomerChanged } from './on-customer-changed.js';
import { OnInvoiceChanged } from './on-invoice-changed.js';
import { OnOrganizationChanged } from './on-organization-changed.js';
import { OnSubscriptionChanged } from './on-subscription-changed.js';
import { RemindOfTrialJob } from './remind-of-trial.job.js';
import { SendNotificationJob } from './send-notification.job.js';
import { TrialRemindersService } from './trial-reminders.service.js';

const TOPICS = [
  OnApiKeyChanged,
  OnOrganizationChanged,
  OnCustomerChanged,
  OnSubscriptionChanged,
  OnClockChanged,
  OnInvoiceChanged,
  OnAccessChanged,
];
const ROUTES = [NotificationsController, NotificationRulesController, MailboxController, MailboxPageController];

@Module({})
export class AppModule {
  /** The app around its parts of the kit. Their configuration is a parameter: many apps run in one process. */
  static of({
    config,
    database,
    apiKeys,
    organizations,
    log,
    name,
    registry,
    road,
  }: ServiceContext<Config> & { road: ServiceRoad }): DynamicModule {
    return {
      module: AppModule,
      controllers: [...TOPICS, ...ROUTES],
      providers: [
        { provide: Database, useValue: database },
        { provide: KnownApiKeys, useValue: apiKeys },
        { provide: KnownOrganizations, useValue: organizations },
        { provide: Log, useValue: log },
        { provide: Outbox, useValue: road.outbox },
        { provide: Jobs, useFactory: () => new Jobs(database, config.DATABASE_URL, name, log, registry) },
        { provide: Channels, useFactory: () => new Channels(config.MAIL_FROM, config.MAIL_ALLOW_LIST) },
        { provide: Mailer, useFactory: () => new Mailer(config.SMTP_URL ?? null, config.MAIL_FROM, new MailMetrics(registry)) },
        KnownFactsService,
        NotificationsService,
        NotificationRulesService,
        TrialRemindersService,
        RemindOfTrialJob,
        SendNotificationJob,
      ],
    };
  }
}
