import { DomainError } from './errors.js';

export class IdempotencyKeyMissing extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'idempotency_key_missing';
  constructor() {
    super('A POST needs the header Idempotency-Key: 1 to 255 characters that name this one request, the same for every repeat of it.');
  }
}

/** The same key for another request: one of the two is a mistake of the caller, and doing either would be a guess. */
export class IdempotencyKeyReused extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'idempotency_key_reused';
  readonly status = 422;
  constructor() {
    super('This Idempotency-Key was used with another path, body or API key. Take a new one for a new request.');
  }
}

export class IdempotencyKeyInUse extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'idempotency_key_in_use';
  readonly retryAfterSeconds = 1;
  constructor() {
    super('A request with this Idempotency-Key is under way. Repeat it in a second to get its answer.');
  }
}
