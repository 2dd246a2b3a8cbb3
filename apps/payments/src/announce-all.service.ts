import { Injectable } from '@nestjs/common';
import { InvoiceChanged, PaymentChanged } from '@turnpike/contracts-events';
import { AnnounceAll, Epochs, type ToldTopic } from '@turnpike/messaging';
import { orderKeyOf } from '@turnpike/mirror';
import { Database, KnownOrganizations, Log } from '@turnpike/service';
import { Invoice } from './invoice.entity.js';
import { InvoicesService } from './invoices.service.js';
import { Payment } from './payment.entity.js';
import { PaymentsService } from './payments.service.js';

/** Rows are locked by their Stripe objects, as the handlers of events lock them. */
const byStripeObject: Pick<ToldTopic, 'columns' | 'lockKeyOf'> = {
  columns: ['connection_id', 'stripe_id'],
  lockKeyOf: (scope, row) => orderKeyOf({ scope, connectionId: String(row['connection_id']), stripeId: String(row['stripe_id']) }),
};

/** Tells every invoice and every payment again. */
@Injectable()
export class AnnounceAllService extends AnnounceAll {
  constructor(
    database: Database,
    organizations: KnownOrganizations,
    log: Log,
    invoices: InvoicesService,
    payments: PaymentsService,
    epochs: Epochs,
  ) {
    const told: ToldTopic[] = [
      {
        topic: InvoiceChanged,
        table: 'invoice',
        ...byStripeObject,
        tell: async ({ em, organization }, environment, ids) => {
          for (const row of await em.find(Invoice, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
            invoices.tell(row);
        },
      },
      {
        topic: PaymentChanged,
        table: 'payment',
        ...byStripeObject,
        tell: async ({ em, organization }, environment, ids) => {
          for (const row of await em.find(Payment, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
            payments.tell(row);
        },
      },
    ];
    super({ service: 'payments', database, organizations, log, epochs, told });
  }
}
