import type { ConnectionProfile } from '@turnpike/contracts-http';
import { isForbidden, isUnauthorized, missingPermissionOf, stripeErrorOf, unavailableOr } from '@turnpike/stripe';
import type Stripe from 'stripe';
import type { Check } from './checks.rules.js';
import { PERMISSIONS, type Permission } from './permissions.js';

/** Far below what Stripe allows a test account per second, and no key waits long for its verdict. */
const AT_ONCE = 5;

export interface PermissionFindings {
  readonly checks: readonly Check[];
  /** The mode that Stripe's own answers were of; null when none of them said. */
  readonly livemode: boolean | null;
}

/**
 * Asks for every permission of a profile by a read that changes nothing.
 * @param isRestricted a secret key may do everything, so of it nothing is left unproved
 * @throws Unavailable; what Stripe throws for a key that it refuses altogether (401)
 */
export async function checkPermissions(stripe: Stripe, profile: ConnectionProfile, isRestricted: boolean): Promise<PermissionFindings> {
  const rows = PERMISSIONS[profile];
  const checks: Check[] = [];
  let livemode: boolean | null = null;
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const found = await Promise.all(rows.slice(from, from + AT_ONCE).map((permission) => ask(stripe, permission, isRestricted)));
    checks.push(...found.map(({ check }) => check));
    livemode = found.find((one) => one.livemode !== null)?.livemode ?? livemode;
  }
  return { checks, livemode };
}

async function ask(stripe: Stripe, permission: Permission, isRestricted: boolean): Promise<{ check: Check; livemode: boolean | null }> {
  const { read } = permission;
  if (!read) return { check: isRestricted ? unproved(permission) : granted(permission, false), livemode: null };
  try {
    const answer = await read(stripe);
    return { check: granted(permission, isRestricted), livemode: livemodeOf(answer) };
  } catch (error) {
    if (isUnauthorized(error)) throw error;
    if (isForbidden(error)) return { check: missing(permission, missingPermissionOf(error)), livemode: null };
    const status = stripeErrorOf(error)?.statusCode;
    // A route that this account, or this Stripe, does not have: tax that was never set up, a part that the Sandbox lacks.
    if (status === 404 || status === 400) return { check: notOffered(permission), livemode: null };
    throw unavailableOr(error);
  }
}

const nameOf = ({ name, access }: Permission): string => `${name} (${access})`;

function granted(permission: Permission, isRestricted: boolean): Check {
  const check = nameOf(permission);
  if (permission.access === 'read' || !isRestricted)
    return { check, ok: true, code: 'granted', message: 'The key may do this.', whatToDo: null };
  return {
    check,
    ok: true,
    code: 'read_granted_write_unproved',
    message: 'The key may read this. That it may write, nothing proves but a write: the first one will tell.',
    whatToDo: null,
  };
}

function unproved(permission: Permission): Check {
  const check = nameOf(permission);
  if (permission.isLegacy)
    return {
      check,
      ok: null,
      code: 'not_offered',
      message: 'Stripe no longer offers this permission on new keys, and nothing here depends on it.',
      whatToDo: null,
    };
  return {
    check,
    ok: null,
    code: 'unproved',
    message: 'Stripe has no harmless request that would show this permission. The first use will tell.',
    whatToDo: `See that the key has ${check} at https://dashboard.stripe.com/apikeys.`,
  };
}

function notOffered(permission: Permission): Check {
  return { check: nameOf(permission), ok: null, code: 'not_offered', message: 'This account has no such part of Stripe.', whatToDo: null };
}

function missing(permission: Permission, asked: string | null): Check {
  const check = nameOf(permission);
  const words = asked ? ` Stripe asks for ${asked}.` : '';
  if (permission.onlyFor !== undefined)
    return {
      check,
      ok: null,
      code: 'extra_missing',
      message: `The key may not do this.${words} Off without it: ${permission.onlyFor}. Everything else works.`,
      whatToDo: `To have it, add ${check} to the key at https://dashboard.stripe.com/apikeys, then verify again.`,
    };
  return {
    check,
    ok: false,
    code: 'permission_missing',
    message: `The key may not do this.${words}`,
    whatToDo: `Add ${check} to the key at https://dashboard.stripe.com/apikeys, then verify again.`,
  };
}

/** Of an object, or of the first of a list. */
function livemodeOf(answer: unknown): boolean | null {
  if (typeof answer !== 'object' || answer === null) return null;
  if ('livemode' in answer && typeof answer.livemode === 'boolean') return answer.livemode;
  return 'data' in answer && Array.isArray(answer.data) ? livemodeOf(answer.data[0]) : null;
}
