import { Injectable } from '@nestjs/common';
import { InvoiceChanged, type Scope } from '@turnpike/contracts-events';
import type { InvoicesListRequest } from '@turnpike/contracts-http';
import { Outbox } from '@turnpike/messaging';
import { ShownRows } from '@turnpike/mirror';
import { Database, isId, pageOptions, pageWhere } from '@turnpike/service';
import type { NormalisedInvoice } from '@turnpike/stripe';
import { InvoiceNotFound } from './invoice-not-found.error.js';
import { Invoice } from './invoice.entity.js';
import { fromInvoiceSight, toInvoiceChanged } from './invoice.mapping.js';

/** Invoices as they are shown, found and told about. Every method runs in the transaction of its caller. */
@Injectable()
export class InvoicesService {
  readonly shown: ShownRows<Invoice, NormalisedInvoice>;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {
    this.shown = new ShownRows<Invoice, NormalisedInvoice>({
      database,
      entity: Invoice,
      idPrefix: 'i',
      stateOf: fromInvoiceSight,
      factOf: toInvoiceChanged,
      tell: (invoice) => this.tell(invoice),
    });
  }

  /** Tells the present state again, with the version it has. Call with the invoice's order key locked. */
  tell(invoice: Invoice): void {
    this.outbox.announce(InvoiceChanged, invoice, toInvoiceChanged(invoice));
  }

  /** @throws InvoiceNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Invoice> {
    const invoice = isId('i', id) ? await this.database.current().em.findOne(Invoice, { organization, environment, id }) : null;
    if (!invoice) throw new InvoiceNotFound(id);
    return invoice;
  }

  /** Newest first; one more than the page has, where there are more. */
  list({ organization, environment }: Scope, query: InvoicesListRequest): Promise<Invoice[]> {
    const { stripe_customer_id: stripeCustomerId, stripe_subscription_id: stripeSubscriptionId, status } = query;
    return this.database.current().em.find(
      Invoice,
      {
        organization,
        environment,
        ...(stripeCustomerId === undefined ? {} : { stripeCustomerId }),
        ...(stripeSubscriptionId === undefined ? {} : { stripeSubscriptionId }),
        ...(status === undefined ? {} : { status }),
        ...pageWhere(query, (text) => isId('i', text)),
      },
      pageOptions(query),
    );
  }
}
