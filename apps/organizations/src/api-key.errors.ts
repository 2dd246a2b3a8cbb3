import { DomainError } from '@turnpike/service';

/** No such key in the caller's environment; another's is answered in the same words. */
export class ApiKeyNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'api_key_not_found';
  constructor(id: string) {
    super(`There is no API key ${JSON.stringify(id)} in this environment.`);
  }
}

export class ApiKeyNotLive extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'api_key_not_live';
  constructor() {
    super('This API key is expired or revoked, so nothing can take its place. Make a new one instead.');
  }
}

/** Two keys that replaced each other open doors: a third would be one that nobody keeps count of. */
export class TwoApiKeysLive extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'two_api_keys_live';
  constructor() {
    super(
      'This API key and another of its rotation both open doors. Revoke one, wait until one expires, or rotate with oldExpiresInHours 0.',
    );
  }
}

/** Of a declared file: its hash belongs to somebody else already. */
export class ApiKeyOfAnother extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'api_key_of_another';
  constructor(organization: string) {
    super(`The declaration gives ${organization} an API key that another organization or environment has. Make a new key for each.`);
  }
}
