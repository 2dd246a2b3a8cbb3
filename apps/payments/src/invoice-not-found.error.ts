import { DomainError } from '@turnpike/service';

export class InvoiceNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'invoice_not_found';
  constructor(readonly invoiceId: string) {
    super(`Invoice ${invoiceId} is not known here.`);
  }
}
