import { DomainError } from '@turnpike/service';

/** Nobody has this id, or another organization or environment does: the same words for both. */
export class SubscriptionNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'subscription_not_found';
  constructor(readonly subscriptionId: string) {
    super(`Subscription ${subscriptionId.slice(0, 64)} is not known here. Ids begin with subn_.`);
  }
}
