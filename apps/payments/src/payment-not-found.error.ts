import { DomainError } from '@turnpike/service';

export class PaymentNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'payment_not_found';
  constructor(readonly paymentId: string) {
    super(`Payment ${paymentId} is not known here.`);
  }
}
