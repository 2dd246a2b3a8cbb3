import type { ConnectionStatus } from '@turnpike/contracts-events';

/** One thing that VERIFY looked at (requirement U12). `ok` null: it cannot be proved without changing something, or Stripe does not offer it. */
export interface Check {
  readonly check: string;
  readonly ok: boolean | null;
  readonly code: string;
  readonly message: string;
  readonly whatToDo: string | null;
}

/** What a 401 says, whoever met it. */
export const KEY_REFUSED: Check = {
  check: 'key',
  ok: false,
  code: 'key_refused',
  message: 'Stripe refuses the secret key (401): it was revoked, has expired, or was not copied whole.',
  whatToDo: 'Take a new key from https://dashboard.stripe.com/apikeys and send it with PUT /v1/connections/{id}/keys.',
};

/** What Stripe says of an account, as far as we keep it. */
export interface AccountFacts {
  readonly id: string;
  readonly name: string | null;
  readonly country: string | null;
  readonly defaultCurrency: string | null;
}

/** Everything that one round of questions to Stripe has found out. */
export interface Findings {
  readonly checks: readonly Check[];
  /** Null: the key was refused, or did not say whose it is. */
  readonly account: AccountFacts | null;
}

export interface Standing {
  readonly stripeAccountId: string | null;
  /** Whether it was verified at any time before. */
  readonly wasVerified: boolean;
  /** Another living connection of this organization and environment has the account that was found. */
  readonly accountIsTaken: boolean;
}

export interface Conclusion {
  readonly status: Extract<ConnectionStatus, 'verified' | 'failed' | 'degraded' | 'unauthorized'>;
  readonly reason: string | null;
  readonly checks: readonly Check[];
}

/**
 * The checks without which a key is not this connection's key, in the order in which they explain each other. Of the rest, a missing
 * permission makes a connection that worked `degraded`, and one that never did `failed` (requirements §6.1).
 */
const IDENTITY = [
  'key_refused',
  'mode_mismatch',
  'account_unknown',
  'account_mismatch',
  'already_connected',
  'key_pair_mismatch',
  'key_too_wide',
];

export function conclusionOf(findings: Findings, standing: Standing): Conclusion {
  const checks = [...findings.checks, ...accountChecks(findings.account, standing)];
  const failed = new Set(checks.filter((check) => check.ok === false).map((check) => check.code));
  const wrong = IDENTITY.find((code) => failed.has(code));
  if (wrong === 'key_refused' && standing.wasVerified) return { status: 'unauthorized', reason: wrong, checks };
  if (wrong !== undefined) return { status: 'failed', reason: wrong, checks };
  if (failed.has('permission_missing'))
    return { status: standing.wasVerified ? 'degraded' : 'failed', reason: 'permission_missing', checks };
  return { status: 'verified', reason: null, checks };
}

function accountChecks(account: AccountFacts | null, { stripeAccountId, accountIsTaken }: Standing): Check[] {
  if (!account) return [];
  if (stripeAccountId !== null && stripeAccountId !== account.id) return [accountMismatch(stripeAccountId, account.id)];
  if (accountIsTaken)
    return [
      {
        check: 'account',
        ok: false,
        code: 'already_connected',
        message: `The account ${account.id} is connected to this environment already.`,
        whatToDo: 'Use the connection that exists, or remove it first. Its id: GET /v1/connections.',
      },
    ];
  return [{ check: 'account', ok: true, code: 'account_known', message: `The keys belong to the account ${account.id}.`, whatToDo: null }];
}

function accountMismatch(ours: string, theirs: string): Check {
  return {
    check: 'account',
    ok: false,
    code: 'account_mismatch',
    message: `The keys belong to the account ${theirs}; this connection is the account ${ours}, for ever.`,
    whatToDo: `Take keys of ${ours}, or make another connection for ${theirs}.`,
  };
}
