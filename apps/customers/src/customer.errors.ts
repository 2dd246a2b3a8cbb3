import { DomainError } from '@turnpike/service';

/** Nobody has this id, or another organization or environment does: the same words for both. */
export class CustomerNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'customer_not_found';
  constructor(readonly customerId: string) {
    super(
      `Customer ${customerId.slice(0, 64)} is not known here. Ids begin with cust_, or are your own externalId; GET /v1/customers?stripe_id=cus_… finds one by Stripe's id.`,
    );
  }
}

export class ExternalIdTaken extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'external_id_taken';
  override readonly facts: Readonly<Record<string, string>>;
  constructor(externalId: string, customerId: string) {
    super(`Customer ${customerId} has the external id ${externalId.slice(0, 64)} already.`);
    this.facts = { customerId };
  }
}

/** A Stripe customer belongs to one customer of ours, for ever. */
export class StripeCustomerTaken extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'stripe_customer_taken';
  override readonly facts: Readonly<Record<string, string>>;
  constructor(stripeId: string, customerId: string) {
    super(`Stripe's customer ${stripeId.slice(0, 64)} is customer ${customerId} here, who has another external id.`);
    this.facts = { customerId };
  }
}

export class CustomerLinked extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'customer_linked';
  constructor(customerId: string) {
    super(`Customer ${customerId} is another customer at Stripe already.`);
  }
}

export class DecidedAtStripe extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'decided_at_stripe';
  constructor(customerId: string) {
    super(`Customer ${customerId} is at Stripe, and its name and e-mail are what they are there. Change them there.`);
  }
}

export class CustomerMerged extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'customer_merged';
  override readonly facts: Readonly<Record<string, string>>;
  constructor(customerId: string, mergedInto: string) {
    super(`Customer ${customerId} has become part of ${mergedInto}. Change that one.`);
    this.facts = { mergedInto };
  }
}

/** Somebody changed who it is at the same moment. */
export class CustomerChangedMeanwhile extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'changed_meanwhile';
  constructor(customerId: string) {
    super(`Customer ${customerId} was changed at the same moment. Nothing was done; send the request again.`);
  }
}
