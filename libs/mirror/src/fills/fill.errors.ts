import { DomainError } from '@turnpike/service';

/** No connection of this organization and environment that ever worked has this id. */
export class ConnectionNotMirrored extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'connection_not_found';
  constructor(connectionId: string) {
    super(`Connection ${connectionId.slice(0, 64)} is not known here, or was never verified.`);
  }
}

export class KindNotListed extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'kind_not_listed';
  constructor(kind: string, kinds: readonly string[]) {
    super(`"${kind.slice(0, 64)}" is not listed at Stripe by this service. It lists: ${kinds.join(', ')}.`);
  }
}
