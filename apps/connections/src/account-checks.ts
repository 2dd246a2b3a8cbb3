import type { Environment } from '@turnpike/contracts-events';
import type { ConnectionProfile } from '@turnpike/contracts-http';
import {
  isForbidden,
  isUnauthorized,
  missingPermissionOf,
  modeOf,
  readKey,
  type StripeCalls,
  stripeClient,
  stripeErrorOf,
  unavailableOr,
} from '@turnpike/stripe';
import type Stripe from 'stripe';
import { type AccountFacts, type Check, type Findings, KEY_REFUSED } from './checks.rules.js';
import { checkPermissions } from './permission-checks.js';
import { mayWrite } from './permissions.js';

/** A pair of keys and what they are to be used for. */
export interface KeysToCheck {
  readonly environment: Environment;
  readonly connectionId: string;
  readonly profile: ConnectionProfile;
  readonly secretKey: string;
  readonly publishableKey: string;
  readonly baseUrl: string;
  readonly calls: StripeCalls;
  /** The same for every try of the same verification: what it makes at Stripe is made once. */
  readonly attempt: string;
}

/** Asks Stripe everything that VERIFY is about. @throws Unavailable when Stripe did not answer: then nothing is known, and it is asked again */
export async function findOut(keys: KeysToCheck): Promise<Findings> {
  const stripe = stripeClient({ environment: keys.environment, key: keys.secretKey, baseUrl: keys.baseUrl, calls: keys.calls });
  try {
    const { check, account } = await accountOf(stripe);
    const isRestricted = readKey(keys.secretKey)?.kind === 'restricted';
    const permissions = await checkPermissions(stripe, keys.profile, isRestricted);
    const checks = [accepted(), modeCheck(keys.environment, permissions.livemode), ...(check ? [check] : [])];
    return { account, checks: [...checks, await pairCheck(stripe, keys), ...permissions.checks] };
  } catch (error) {
    if (isUnauthorized(error)) return { account: null, checks: [KEY_REFUSED] };
    throw error;
  }
}

function accepted(): Check {
  return { check: 'key', ok: true, code: 'key_accepted', message: 'Stripe accepts the secret key.', whatToDo: null };
}

/** Keys of a sandbox look like test keys, so the prefix alone proves nothing (requirements §6.1): Stripe's answers do. */
function modeCheck(environment: Environment, livemode: boolean | null): Check {
  if (livemode === null)
    return {
      check: 'mode',
      ok: null,
      code: 'mode_by_prefix',
      message: `The key's prefix says ${modeOf(environment)} mode. None of the objects that it may read said so, because there are none yet.`,
      whatToDo: null,
    };
  if (livemode === (environment === 'live'))
    return { check: 'mode', ok: true, code: 'mode_proved', message: `Stripe answers in ${modeOf(environment)} mode.`, whatToDo: null };
  return {
    check: 'mode',
    ok: false,
    code: 'mode_mismatch',
    message: `Stripe answers in ${livemode ? 'live' : 'test'} mode; the environment ${environment} needs ${modeOf(environment)} mode.`,
    whatToDo: 'A new account may open in its sandbox: choose the account at the top left of the Dashboard, then take its keys.',
  };
}

/** A restricted key without the right to read its account still learns its name: Stripe says it in the refusal. */
async function accountOf(stripe: Stripe): Promise<{ account: AccountFacts | null; check: Check | null }> {
  try {
    const account = await stripe.accounts.retrieveCurrent();
    const name = account.business_profile?.name ?? account.settings?.dashboard.display_name ?? null;
    const facts = { id: account.id, name, country: account.country ?? null, defaultCurrency: account.default_currency ?? null };
    return { account: facts, check: null };
  } catch (error) {
    if (!isForbidden(error)) throw unavailableOr(error);
    const id = /\bacct_[A-Za-z0-9]+/.exec(stripeErrorOf(error)?.message ?? '')?.[0];
    const asked = missingPermissionOf(error) ?? 'rak_accounts_kyc_basic_read';
    if (id === undefined) return { account: null, check: accountUnknown(asked) };
    const message = `The key may not read its account's name and country: Stripe asks for ${asked}. They are not shown, and all else works.`;
    const whatToDo = 'To see them, give the key the right to read the account, then verify again.';
    return {
      account: { id, name: null, country: null, defaultCurrency: null },
      check: { check: 'Account (read)', ok: null, code: 'extra_missing', message, whatToDo },
    };
  }
}

function accountUnknown(asked: string): Check {
  return {
    check: 'account',
    ok: false,
    code: 'account_unknown',
    message: `The key does not say whose it is: Stripe asks for ${asked}.`,
    whatToDo: `Give the key ${asked} (account, read) at https://dashboard.stripe.com/apikeys, then verify again.`,
  };
}

/**
 * Only what both keys see belongs to both: a SetupIntent made with the secret key, read with the publishable one, and canceled. It charges
 * nobody and has no customer. A key that may not make one leaves this unproved, which is said.
 */
async function pairCheck(stripe: Stripe, keys: KeysToCheck): Promise<Check> {
  if (!mayWrite(keys.profile)) return pairUnproved(`a key of the profile ${keys.profile} may not make the object that would prove it`);
  let made: Stripe.SetupIntent;
  try {
    const metadata = { turnpike_connection_id: keys.connectionId };
    const idempotencyKey = `turnpike_verify_${keys.attempt}`;
    made = await stripe.setupIntents.create({ usage: 'off_session', metadata }, { idempotencyKey });
  } catch (error) {
    if (isForbidden(error)) return pairUnproved('the secret key may not make a SetupIntent');
    const status = stripeErrorOf(error)?.statusCode;
    if (status === 404 || status === 400) return pairUnproved('this account cannot make a SetupIntent');
    throw unavailableOr(error);
  }
  try {
    return await readWithPublishable(made, keys);
  } finally {
    // One that stays behind does no harm, and Stripe ends it by itself.
    await stripe.setupIntents.cancel(made.id).catch(() => undefined);
  }
}

async function readWithPublishable({ id, client_secret: clientSecret }: Stripe.SetupIntent, keys: KeysToCheck): Promise<Check> {
  const publishable = stripeClient({ environment: keys.environment, key: keys.publishableKey, baseUrl: keys.baseUrl, calls: keys.calls });
  try {
    await publishable.setupIntents.retrieve(id, clientSecret === null ? {} : { client_secret: clientSecret });
    return { check: 'key_pair', ok: true, code: 'key_pair_proved', message: 'Both keys belong to the same account.', whatToDo: null };
  } catch (error) {
    const status = stripeErrorOf(error)?.statusCode;
    if (status !== 400 && status !== 401 && status !== 403 && status !== 404) throw unavailableOr(error);
    return {
      check: 'key_pair',
      ok: false,
      code: 'key_pair_mismatch',
      message: 'The publishable key is not of the account that the secret key belongs to, or is no key any more.',
      whatToDo: 'Take both keys from the same page of the same account, and send them with PUT /v1/connections/{id}/keys.',
    };
  }
}

function pairUnproved(why: string): Check {
  return {
    check: 'key_pair',
    ok: null,
    code: 'key_pair_unproved',
    message: `That both keys belong to the same account was not checked: ${why}.`,
    whatToDo: null,
  };
}
