import { type JsonObject, type JsonValue, isJsonObject } from './json.js';

/** Whole keys that never go on a topic: secrets, card and bank details, addresses and other ways to reach a person. */
const FORBIDDEN = new Set([
  // secrets
  ...['secret', 'secrets', 'api_key', 'access_token', 'refresh_token', 'token', 'password', 'private_key', 'authorization'],
  // cards
  ...[
    'card',
    'card_present',
    'interac_present',
    'payment_method_details',
    'fingerprint',
    'number',
    'cvc',
    'cvv',
    'last4',
    'pin',
    'track_data',
  ],
  // banks
  ...['bank_account', 'us_bank_account', 'sepa_debit', 'ach_debit', 'ach_credit_transfer', 'acss_debit', 'au_becs_debit', 'bacs_debit'],
  ...['nz_bank_account', 'financial_addresses', 'iban', 'bic', 'account_number', 'routing_number', 'sort_code'],
  ...['bsb_number', 'transit_number', 'institution_number', 'branch_code', 'bank_code', 'account_holder_name', 'owner'],
  // addresses
  ...['address', 'addresses', 'shipping', 'shipping_details', 'billing_details', 'phone', 'phone_number', 'ip', 'ip_address', 'user_agent'],
]);

/** The same by the shape of the name: `client_secret`, `confirmation_secret`, `address_line1`, `customer_address`, `exp_month`, `dynamic_last4`. */
const FORBIDDEN_SHAPE =
  /_secret$|^secret_|_api_key$|_token$|_password$|^exp_|^cvc_|_last4$|_fingerprint$|^card_number|_account_number$|_routing_number$|^address_|_address$|_phone$|_shipping$|_billing_details$|^ip_/;

/** Objects that are card or bank details from end to end: a charge's `source`, an entry of `sources`, the object of `customer.source.*`. */
const FORBIDDEN_OBJECTS = new Set(['card', 'bank_account', 'source', 'token']);

/** A forbidden object is still named: its id and whose it is say that something changed, and nothing more. */
const KEPT_OF_FORBIDDEN = ['id', 'object', 'customer', 'account', 'deleted'];

/** On these the number is printed on paper for the customer; everywhere else it may be a card's. */
const NUMBERED_OBJECTS = new Set(['invoice', 'credit_note', 'quote']);

/** Stripe nests a dozen deep; what is deeper than this is nobody's object and could exhaust the stack. */
const DEEPEST = 64;

/** Keys seen so far, judged once each: the names are Stripe's and few. Emptied when full, so that made-up ones cost nothing lasting. */
const verdicts = new Map<string, boolean>();
const MOST_VERDICTS = 4096;

/**
 * What of a Stripe object may go on a topic: the object without secrets, card and bank details, addresses, telephone
 * numbers and network addresses, at any depth. Name and e-mail stay: `customers` needs them.
 *
 * `metadata` is free text that belongs to the merchant and may hold anything, so only keys that start with `turnpike_` stay
 * (requirement S8: keep no more than billing status and access rules need).
 *
 * Parts without anything to remove are shared with the argument, not copied: this runs once per webhook.
 */
export function withoutSecrets(object: JsonObject): JsonObject {
  return cleanObject(object, 0);
}

function cleanObject(object: JsonObject, depth: number): JsonObject {
  if (depth > DEEPEST) return {};
  const kind = object.object;
  if (typeof kind === 'string' && FORBIDDEN_OBJECTS.has(kind)) return onlyNamed(object);

  let copy: JsonObject | null = null;
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    const kept = cleanEntry(key, value, kind, depth);
    if (kept === value) continue;

    copy ??= { ...object };
    if (kept === undefined) delete copy[key];
    else copy[key] = kept;
  }
  return copy ?? object;
}

/** The value to keep, or undefined when the entry must go. */
function cleanEntry(key: string, value: JsonValue, kind: JsonValue | undefined, depth: number): JsonValue | undefined {
  if (isForbidden(key) && !(key === 'number' && typeof kind === 'string' && NUMBERED_OBJECTS.has(kind) && typeof value === 'string'))
    return undefined;
  if (value === null) return value;
  if (key === 'metadata') return isJsonObject(value) ? ownMetadata(value, depth) : undefined;
  if (typeof value !== 'object') return value;
  return Array.isArray(value) ? cleanList(value, depth + 1) : cleanObject(value, depth + 1);
}

function cleanList(list: JsonValue[], depth: number): JsonValue[] {
  if (depth > DEEPEST) return [];
  let copy: JsonValue[] | null = null;
  for (let at = 0; at < list.length; at += 1) {
    const value = list[at];
    if (typeof value !== 'object' || value === null) continue;
    const kept = Array.isArray(value) ? cleanList(value, depth + 1) : cleanObject(value, depth + 1);
    if (kept === value) continue;
    copy ??= [...list];
    copy[at] = kept;
  }
  return copy ?? list;
}

function ownMetadata(metadata: JsonObject, depth: number): JsonObject {
  const own: JsonObject = {};
  let isWhole = true;
  for (const key in metadata) {
    const value = metadata[key];
    if (value === undefined) continue;
    const kept = key.startsWith('turnpike_') ? cleanEntry(key, value, undefined, depth + 1) : undefined;
    if (kept !== value) isWhole = false;
    if (kept !== undefined) own[key] = kept;
  }
  return isWhole ? metadata : own;
}

function onlyNamed(object: JsonObject): JsonObject {
  const named: JsonObject = {};
  for (const key of KEPT_OF_FORBIDDEN) {
    const value = object[key];
    if (typeof value === 'string' || typeof value === 'boolean') named[key] = value;
  }
  return named;
}

function isForbidden(key: string): boolean {
  const judged = verdicts.get(key);
  if (judged !== undefined) return judged;

  const name = key.toLowerCase();
  const verdict = FORBIDDEN.has(name) || FORBIDDEN_SHAPE.test(name) || name === '__proto__';
  if (verdicts.size >= MOST_VERDICTS) verdicts.clear();
  verdicts.set(key, verdict);
  return verdict;
}
