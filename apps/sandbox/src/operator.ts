import { randomBytes } from 'node:crypto';
import type { Accounts } from './accounts.js';
import { FAULT_KINDS, type Faults } from './faults.js';
import type { RawHash } from './form.js';
import type { Keys, Permissions } from './keys.js';
import { type Fields, hash, integer, isHash, list, oneOf, type Raw, readFields, type ReadOf, required, text } from './parameters.js';
import { isVersion } from './render/versions.js';
import { BY_ITSELF, withoutEvents } from './resources/event.js';
import { rolledSecret } from './resources/webhook-endpoint.js';
import type { Resource } from './route.js';
import { invalidRequest, missingObject } from './stripe-error.js';

/** What the sandbox's own doors need; they are not Stripe's, and stand under /_sandbox. */
export interface OperatorParts {
  readonly keys: Keys;
  readonly accounts: Accounts;
  readonly faults: Faults;
  readonly resources: readonly Resource[];
  /** Seconds since 1970. */
  readonly now: () => number;
}

export interface Door {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  answer(body: RawHash, path: Readonly<Record<string, string>>): unknown;
}

interface DoorDefinition<F extends Fields> {
  readonly method: Door['method'];
  readonly path: string;
  readonly parameters: F;
  answer(sent: ReadOf<F>, path: Readonly<Record<string, string>>): unknown;
}

function door<F extends Fields>({ method, path, parameters, answer }: DoorDefinition<F>): Door {
  return { method, path: `/_sandbox${path}`, answer: (body, named) => answer(readFields(parameters, body), named) };
}

/** Either one key's account, or all (`*`). */
const accountKey = required(text());

const permissionLevels = {
  read(raw: Raw, param: string): Permissions {
    if (!isHash(raw)) throw invalidRequest('Invalid object', { param });
    const level = oneOf('none', 'read', 'write');
    return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, level.read(value, `${param}[${name}]`)]));
  },
};

export function operatorDoors({ keys, accounts, faults, resources, now }: OperatorParts): readonly Door[] {
  const known = new Set(resources.flatMap((resource) => resource.routes.map((route) => route.permission)));
  return [
    door({ method: 'GET', path: '/health', parameters: {}, answer: () => ({ status: 'ok' }) }),
    door({
      method: 'POST',
      path: '/restricted_keys',
      parameters: { account: accountKey, permissions: required(permissionLevels) },
      answer({ account, permissions }) {
        const key = `rk_test_${randomBytes(24).toString('hex')}`;
        keys.restrict(key, keys.accountOfKey(account), namedAsStripe(permissions, known));
        return { key };
      },
    }),
    door({
      method: 'POST',
      path: '/revoked_keys',
      parameters: { key: required(text()) },
      answer({ key }) {
        keys.revoke(key);
        return { revoked: true };
      },
    }),
    door({
      method: 'POST',
      path: '/forgotten_events',
      parameters: { account: accountKey, upTo: text() },
      answer({ account: key, upTo }) {
        const account = accounts.get(keys.accountOfKey(key));
        const { state, count } = withoutEvents(account.state, upTo);
        account.commit({ state, events: [] }, BY_ITSELF);
        return { forgotten: count };
      },
    }),
    door({
      method: 'POST',
      path: '/faults',
      parameters: {
        account: accountKey,
        match: hash({ method: oneOf('GET', 'POST', 'DELETE'), path: text() }),
        kind: required(oneOf(...FAULT_KINDS)),
        times: integer({ min: 1 }),
        delayMs: integer({ min: 0 }),
      },
      answer({ account, match, kind, times, delayMs }) {
        faults.plan({
          account: account === '*' ? null : keys.accountOfKey(account),
          method: match?.method,
          pathPrefix: match?.path ?? '/',
          kind,
          times: times ?? 1,
          delayMs: delayMs ?? 0,
        });
        return { planned: true };
      },
    }),
    door({
      method: 'DELETE',
      path: '/faults',
      parameters: {},
      answer() {
        faults.clear();
        return { planned: false };
      },
    }),
    door({
      method: 'POST',
      path: '/settings',
      parameters: {
        account: accountKey,
        businessName: text(),
        country: text({ max: 2 }),
        defaultCurrency: text({ max: 3 }),
        apiVersion: text(),
        retryAfterDays: list(integer({ min: 1 }), { max: 8 }),
        afterLastRetry: oneOf('cancel', 'mark_unpaid', 'leave_past_due'),
      },
      answer({ account: key, ...sent }) {
        if (sent.apiVersion !== undefined && !isVersion(sent.apiVersion)) throw invalidRequest(`Invalid apiVersion: ${sent.apiVersion}`);
        const account = accounts.get(keys.accountOfKey(key));
        const settings = {
          ...account.state.settings,
          ...Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)),
        };
        account.commit({ state: account.state.withSettings(settings), events: [] }, BY_ITSELF);
        return account.state.settings;
      },
    }),
    door({
      method: 'POST',
      path: '/webhook_endpoints/:id/roll_secret',
      parameters: { account: accountKey, expireOldAfterSeconds: integer({ min: 0, max: 86_400 }) },
      answer({ account: key, expireOldAfterSeconds }, { id = '' }) {
        const account = accounts.get(keys.accountOfKey(key));
        if (account.state.find('webhook_endpoint', id) === undefined) throw missingObject('webhook endpoint', id, 'webhook_endpoint');
        const { state, secret } = rolledSecret(account.state, id, now() + (expireOldAfterSeconds ?? 0), now());
        account.commit({ state, events: [] }, BY_ITSELF);
        return { secret };
      },
    }),
  ];
}

/** Names as in `rak_customer_read`; plurals are understood. A name that is nothing's would be a key that silently may not. */
function namedAsStripe(permissions: Permissions, known: ReadonlySet<string>): Permissions {
  const entries = Object.entries(permissions).map(([name, level]) => {
    const named = known.has(name) ? name : name.replace(/s$/, '');
    if (known.has(named)) return [named, level] as const;
    throw invalidRequest(`Unknown permission ${name}: known are ${[...known].toSorted().join(', ')}`, { param: `permissions[${name}]` });
  });
  return Object.fromEntries(entries);
}
