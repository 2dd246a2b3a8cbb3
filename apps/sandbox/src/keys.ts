import { createHash } from 'node:crypto';
import type { Method } from './route.js';
import type { Store } from './store.js';
import { StripeError } from './stripe-error.js';

/** Whose a key is and what it may do. The key itself is kept nowhere: rows hold its SHA-256. */
export interface Access {
  readonly account: string;
  readonly permissions: Permissions | null;
  readonly maskedKey: string;
  /** May read what its caller knows the client secret of, and nothing else. */
  readonly isPublishable: boolean;
}
export type Permissions = Readonly<Record<string, 'none' | 'read' | 'write'>>;

export class Keys {
  constructor(
    private readonly store: Store,
    /** Opens an empty account for a key that nobody used before, and tells its id. */
    private readonly open: (part: string) => string,
  ) {}

  /** The account of a key; throws the 401 that Stripe would answer (H7). @param takesPublishable whether the route is one of the few that do */
  accessOf(key: string | undefined, takesPublishable = false): Access {
    if (key === undefined || key === '') throw noKey();
    const maskedKey = masked(key);
    const known = this.store.key(hashOf(key));
    if (known?.revoked) throw expiredKey(maskedKey);
    if (known) return { account: known.account, permissions: known.permissions, maskedKey, isPublishable: false };
    const [, kind, part] = /^(sk|pk|rk)_test_([A-Za-z0-9_]+)$/.exec(key) ?? [];
    if (part === undefined) throw invalidKey(maskedKey);
    if (kind === 'pk' && !takesPublishable) throw publishableKey();
    return { account: this.accountOf(part), permissions: null, maskedKey, isPublishable: kind === 'pk' };
  }

  /** For the operator's doors: the account of a key of any kind, whatever it may do. */
  accountOfKey(key: string): string {
    const known = this.store.key(hashOf(key));
    if (known) return known.account;
    const [, part] = /^[spr]k_test_([A-Za-z0-9_]+)$/.exec(key) ?? [];
    if (part === undefined) throw invalidKey(masked(key));
    return this.accountOf(part);
  }

  restrict(key: string, account: string, permissions: Permissions): void {
    this.store.keepKey(hashOf(key), { account, permissions, revoked: false });
  }

  revoke(key: string): void {
    const account = this.accountOfKey(key);
    const permissions = this.store.key(hashOf(key))?.permissions ?? null;
    this.store.keepKey(hashOf(key), { account, permissions, revoked: true });
  }

  private accountOf(part: string): string {
    const hash = hashOf(part);
    return this.store.accountOfPart(hash) ?? this.open(hash);
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `sk_test_****************abcd`. */
export function masked(key: string): string {
  const [, prefix = '', rest = key] = /^([a-z]{2}_[a-z]+_)(.*)$/.exec(key) ?? [];
  return rest.length <= 4 ? `${prefix}${'*'.repeat(rest.length)}` : `${prefix}${'*'.repeat(rest.length - 4)}${rest.slice(-4)}`;
}

/** H10: a restricted key may do what it was given, and the refusal names what is missing. */
export function checkPermission(access: Access, permission: string, method: Method): void {
  if (access.permissions === null) return;
  const granted = access.permissions[permission] ?? 'none';
  const needed = method === 'GET' ? 'read' : 'write';
  if (granted === 'write' || granted === needed) return;
  throw new StripeError({
    status: 403,
    type: 'invalid_request_error',
    code: 'more_permissions_required',
    message: `The provided key '${access.maskedKey}' does not have the required permissions for this endpoint on account '${access.account}'. Having the 'rak_${permission}_${needed}' permission would allow this request to continue.`,
  });
}

const refused = (status: number, message: string, code?: string): StripeError =>
  new StripeError({ status, type: 'invalid_request_error', message, ...(code ? { code } : {}) });

const noKey = (): StripeError =>
  refused(
    401,
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
  );
const invalidKey = (key: string): StripeError => refused(401, `Invalid API Key provided: ${key}`);
const expiredKey = (key: string): StripeError => refused(401, `Expired API Key provided: ${key}`, 'api_key_expired');
const publishableKey = (): StripeError =>
  refused(
    401,
    'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.',
    'secret_key_required',
  );
