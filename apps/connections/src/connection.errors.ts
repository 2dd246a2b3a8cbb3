import { DomainError } from '@turnpike/service';
import type { KeyRefusal } from './connection.rules.js';

/** Nobody has this id, or another organization or environment does: the same words for both. */
export class ConnectionNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'connection_not_found';
  constructor(connectionId: string) {
    super(`Connection ${connectionId.slice(0, 64)} is not known here. GET /v1/connections lists those of this API key's environment.`);
  }
}

const REFUSALS: Readonly<Record<KeyRefusal, string>> = {
  mode_mismatch:
    "These keys are of the other mode than this API key's environment: live needs sk_live_ or rk_live_ with pk_live_, sandbox and test need test keys. " +
    'If the Dashboard shows other keys than you expect, choose the account at its top left: new accounts open in their sandbox.',
  key_pair_mismatch: 'The two keys are of different modes. Take both from the same page: https://dashboard.stripe.com/apikeys.',
  key_too_wide:
    'A secret key may write, and the profile signals_readonly takes only keys that cannot. Make a restricted key with read access to Customers, ' +
    'Subscriptions, Invoices, Charges and Events at https://dashboard.stripe.com/apikeys/create, and nothing else.',
};

/** What the keys say about themselves does not fit. */
export class KeysRefused extends DomainError {
  readonly kind = 'invalid';
  readonly code: KeyRefusal;
  constructor(why: KeyRefusal) {
    super(REFUSALS[why]);
    this.code = why;
  }
}

/** The installation was started without a Sandbox, so nothing of the environment `sandbox` can be proved. */
export class SandboxNotConfigured extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'sandbox_not_configured';
  constructor() {
    super('This installation has no Sandbox: start it with STRIPE_SANDBOX_URL, or connect with an API key of the environment test.');
  }
}

export class ConnectionRemoved extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'connection_removed';
  constructor() {
    super('This connection was removed, and its credentials with it. What was learned through it stays; to connect again, make a new one.');
  }
}

export class KeysMissing extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'keys_missing';
  constructor() {
    super('This connection was declared with webhook secrets only. Send its keys with PUT /v1/connections/{id}/keys.');
  }
}

export class RemovalNotConfirmed extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'removal_not_confirmed';
  constructor() {
    super("A removal cannot be undone. Send the connection's own id as `confirm`.");
  }
}

export class NoWebhookEndpoint extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'no_webhook_endpoint';
  constructor() {
    super('This connection has no webhook endpoint of ours, so there is no secret to replace: its events are polled.');
  }
}

export class RotationUnderWay extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'rotation_under_way';
  constructor() {
    super('Its webhook secret is being replaced already. Both are good for 24 hours; after that it can be replaced again.');
  }
}
