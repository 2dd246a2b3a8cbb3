import { Counter, Histogram, type Registry } from 'prom-client';

/** What becomes of mails that a mail server is to take; those of the mailbox page reach none. */
export class MailMetrics {
  private readonly mails: Counter<'outcome'>;
  private readonly seconds: Histogram;

  constructor(registry: Registry) {
    this.mails = new Counter({
      name: 'turnpike_mails_total',
      help: 'Tries to hand a mail to the mail server: sent, refused for good, or tried again later.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    // From 0 on, so that the first failure is seen to be one more than none.
    for (const outcome of ['sent', 'refused', 'later']) this.mails.inc({ outcome }, 0);
    this.seconds = new Histogram({
      name: 'turnpike_mail_duration_seconds',
      help: 'How long the mail server took to answer a try.',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
  }

  tried(outcome: 'sent' | 'refused' | 'later', seconds: number): void {
    this.mails.inc({ outcome });
    this.seconds.observe(seconds);
  }
}
