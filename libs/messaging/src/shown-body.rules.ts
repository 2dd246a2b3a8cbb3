/** Instead of what may be about a person, or open something. */
const LEFT_OUT = '(left out)';

/**
 * Names of fields whose values are about a person, reach one, or open something. Topics carry no card details, secrets or addresses to begin
 * with; names and e-mail addresses they do, and what is buried may be what its contract did not foresee.
 */
const SENSITIVE =
  /e?mail|phone|address|name$|secret|token|password|passphrase|credential|signature|authorization|cookie|api_?key|private_?key|iban|card|last4|fingerprint|cvc|ssn|tax_?id|birth|description|comment|note$|^ip$|(^|_)url$|Url$/i;

/** Free text of the merchant's: it may hold anything, but for what we write there ourselves. */
const FREE_TEXT = /^(metadata|custom_fields)$/i;

/** Nobody's message nests deeper; more could exhaust the stack. */
const DEEPEST = 64;

/** A message as it may be shown to who runs an installation: its shape, ids, amounts and times, and nothing that is somebody's own. */
export function shownBody(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return LEFT_OUT;
  if (Array.isArray(value)) return value.map((one) => shownBody(one, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shownField(name, inner, depth + 1)]));
}

function shownField(name: string, value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (FREE_TEXT.test(name) && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, key.startsWith('turnpike_') ? shownField(key, inner, depth) : LEFT_OUT]),
    );
  if (SENSITIVE.test(name)) return LEFT_OUT;
  return shownBody(value, depth);
}
