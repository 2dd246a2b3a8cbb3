import type { Raw } from './parameters.js';
import { invalidRequest } from './stripe-error.js';

export type RawHash = { readonly [name: string]: Raw };

/** A node while it is built: Maps, so that no name can reach an object's prototype. */
type Node = string | Map<string, Node>;

/** Reads Stripe's bracket syntax, of a query or a form: `items[0][price]=p`, `expand[]=a` (E7). */
export function readForm(text: string): RawHash {
  const root = new Map<string, Node>();
  for (const [name, value] of new URLSearchParams(text)) put(root, partsOf(name), value, name);
  return hashOf(root);
}

function partsOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open <= 0) return [name];
  const inner = name.slice(open);
  if (!/^(\[[^[\]]*\])+$/.test(inner)) throw invalidRequest(`Invalid parameter name: ${name}`, { param: name });
  return [name.slice(0, open), ...inner.slice(1, -1).split('][')];
}

function put(into: Map<string, Node>, [first = '', ...rest]: string[], value: string, name: string): void {
  const key = first === '' ? String(into.size) : first;
  if (rest.length === 0) {
    into.set(key, value);
    return;
  }
  const known = into.get(key);
  if (typeof known === 'string') throw invalidRequest(`Invalid parameter: ${name} is given as a value and as a hash`, { param: name });
  const next = known ?? new Map<string, Node>();
  into.set(key, next);
  put(next, rest, value, name);
}

function hashOf(node: Map<string, Node>): RawHash {
  return Object.fromEntries([...node].map(([name, value]) => [name, rawOf(value)]));
}

/** A hash whose names are numbers is a list, in the order of its numbers. */
function rawOf(node: Node): Raw {
  if (typeof node === 'string') return node;
  const names = [...node.keys()];
  if (names.length === 0 || !names.every((name) => /^\d+$/.test(name))) return hashOf(node);
  return [...node].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => rawOf(value));
}
