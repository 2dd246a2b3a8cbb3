import { channel } from 'node:diagnostics_channel';
import { Injectable } from '@nestjs/common';
import { type JobRun, Jobs } from '@turnpike/jobs';
import { Database } from '@turnpike/service';
import { MailNotSent, Mailer } from './mailer.js';
import { NotificationsService } from './notifications.service.js';
import { SendNotification } from './send-notification.js';

/** Tests end the process here: between the mail server's 250 and our commit. */
export const mailTaken = channel('turnpike.notifications.mail-taken');

/**
 * Sends one mail. What SMTP allows is once or more, never exactly once (road 2.12): a kill between the server's 250 and our commit sends a
 * second copy, with the same Message-ID, and nothing else does.
 */
@Injectable()
export class SendNotificationJob {
  constructor(
    private readonly database: Database,
    private readonly mailer: Mailer,
    private readonly notifications: NotificationsService,
    jobs: Jobs,
  ) {
    jobs.handle(SendNotification, ({ notificationId }, run) => this.send(notificationId, run));
  }

  private async send(id: string, { scope }: JobRun): Promise<void> {
    const inTransaction = <T>(work: () => Promise<T>) => this.database.transaction(scope.organization, work);
    const mail = await inTransaction(async () => {
      const notification = await this.notifications.nextTry(scope, id);
      if (notification === null || notification.recipient === null) return null;
      const { recipient: to, subject, text, html, messageId } = notification;
      return { to, subject, text, html, messageId };
    });
    if (mail === null) return;
    try {
      await this.mailer.send(mail);
    } catch (error) {
      if (!(error instanceof MailNotSent)) throw error;
      await inTransaction(() => this.notifications.notSent(scope, id, error.message, error.isFinal));
      if (error.isFinal) return;
      throw error;
    }
    mailTaken.publish(id);
    await inTransaction(() => this.notifications.sent(scope, id, new Date()));
  }
}
