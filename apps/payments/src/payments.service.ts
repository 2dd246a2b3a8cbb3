import { Injectable } from '@nestjs/common';
import { PaymentChanged, type Scope } from '@turnpike/contracts-events';
import type { PaymentsListRequest } from '@turnpike/contracts-http';
import { Outbox } from '@turnpike/messaging';
import { ShownRows } from '@turnpike/mirror';
import { Database, isId, pageOptions, pageWhere } from '@turnpike/service';
import type { NormalisedPayment } from '@turnpike/stripe';
import { PaymentNotFound } from './payment-not-found.error.js';
import { Payment } from './payment.entity.js';
import { fromPaymentSight, toPaymentChanged } from './payment.mapping.js';

/** Payments as they are shown, found and told about. Every method runs in the transaction of its caller. */
@Injectable()
export class PaymentsService {
  readonly shown: ShownRows<Payment, NormalisedPayment>;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {
    this.shown = new ShownRows<Payment, NormalisedPayment>({
      database,
      entity: Payment,
      idPrefix: 'p',
      stateOf: fromPaymentSight,
      factOf: toPaymentChanged,
      tell: (payment) => this.tell(payment),
    });
  }

  /** Tells the present state again, with the version it has. Call with the payment's order key locked. */
  tell(payment: Payment): void {
    this.outbox.announce(PaymentChanged, payment, toPaymentChanged(payment));
  }

  /** @throws PaymentNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Payment> {
    const payment = isId('p', id) ? await this.database.current().em.findOne(Payment, { organization, environment, id }) : null;
    if (!payment) throw new PaymentNotFound(id);
    return payment;
  }

  /** Newest first; one more than the page has, where there are more. */
  list({ organization, environment }: Scope, query: PaymentsListRequest): Promise<Payment[]> {
    const { stripe_customer_id: stripeCustomerId, status } = query;
    return this.database.current().em.find(
      Payment,
      {
        organization,
        environment,
        ...(stripeCustomerId === undefined ? {} : { stripeCustomerId }),
        ...(status === undefined ? {} : { status }),
        ...pageWhere(query, (text) => isId('p', text)),
      },
      pageOptions(query),
    );
  }
}
