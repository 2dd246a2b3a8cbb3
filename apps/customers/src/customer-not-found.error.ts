import { DomainError } from '@turnpike/service';

/** Nobody has this id, or another organization or environment does: the same words for both. */
export class CustomerNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'customer_not_found';
  constructor(readonly customerId: string) {
    super(
      `Customer ${customerId.slice(0, 64)} is not known here. Ids begin with cust_; GET /v1/customers?stripe_id=cus_… finds one by Stripe's id.`,
    );
  }
}
