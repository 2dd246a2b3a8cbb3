import type { Version } from '@turnpike/contracts-events';
import { DomainError } from '@turnpike/service';

/** Nobody has this id, or another organization or environment does: the same words for both. */
export class CustomerNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'customer_not_found';
  constructor(readonly customerId: string) {
    super(`Customer ${customerId.slice(0, 64)} is not known here. Ask by our id (cust_…) or by your own (externalId).`);
  }
}

export class WorkspaceNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'workspace_not_found';
  constructor(readonly workspaceId: string) {
    super(`The customer has no workspace ${workspaceId.slice(0, 64)}. Ask by our id or by your own (externalId).`);
  }
}

/** What the caller has seen has not arrived here yet. */
export class VersionNotReached extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'version_not_reached';
  readonly retryAfterSeconds = 1;
  constructor(wanted: Version, known: Version) {
    super(
      `Version ${wanted.epoch}.${wanted.n} of this customer's access has not arrived here; ${known.epoch}.${known.n} has. Try again in a second.`,
    );
  }
}
