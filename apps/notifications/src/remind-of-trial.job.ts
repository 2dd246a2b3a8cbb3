import { Injectable } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { Database } from '@turnpike/service';
import { RemindOfTrial } from './remind-of-trial.js';
import { TrialRemindersService } from './trial-reminders.service.js';

/** The day of a reminder, for customers who live by everybody's clock. */
@Injectable()
export class RemindOfTrialJob {
  constructor(database: Database, reminders: TrialRemindersService, jobs: Jobs) {
    jobs.handle(RemindOfTrial, ({ subscriptionId }, { scope }) =>
      database.transaction(scope.organization, () => reminders.dayHasCome(scope, subscriptionId, new Date())),
    );
  }
}
