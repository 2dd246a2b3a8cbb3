/** A JSON Schema (2020-12) as it stands in a file: keywords are read one by one and never trusted. */
export type Schema = Readonly<Record<string, unknown>>;

export type TypeName = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'object' | 'array' | 'any';

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schemas under a keyword like `properties`; empty when it is not there. */
export function schemasUnder(schema: Schema, keyword: string): ReadonlyMap<string, Schema> {
  const value = schema[keyword];
  if (!isSchema(value)) return new Map();
  return new Map(Object.entries(value).map(([name, part]) => [name, asSchema(part)]));
}

export function listUnder(schema: Schema, keyword: string): readonly unknown[] | undefined {
  const value = schema[keyword];
  return Array.isArray(value) ? value : undefined;
}

/** `true` allows everything, `false` nothing (JSON Schema core, section 4.3.2). */
export function asSchema(value: unknown): Schema {
  if (isSchema(value)) return value;
  return value === false ? { not: {} } : {};
}

/**
 * The plain alternatives of a schema: one type each, with references resolved, unions flattened and `allOf` merged. Closed lists of
 * values of one type become one alternative, however they were written.
 */
export function alternativesOf(schema: Schema, root: Schema, resolving: ReadonlySet<string> = new Set()): Schema[] {
  const { $ref, allOf, anyOf, oneOf, type, const: only, ...rest } = schema;

  if (typeof $ref === 'string') {
    if (resolving.has($ref)) return [];
    return crossed([rest], alternativesOf(resolve($ref, root), root, new Set([...resolving, $ref])));
  }
  if (Array.isArray(allOf)) {
    const own = alternativesOf(without(schema, 'allOf'), root, resolving);
    return allOf.reduce<Schema[]>((soFar, part) => crossed(soFar, alternativesOf(asSchema(part), root, resolving)), own);
  }
  const union = [anyOf, oneOf].find(Array.isArray);
  if (union) {
    const siblings = type === undefined ? rest : { ...rest, type };
    return joinedValues(union.flatMap((part) => crossed([siblings], alternativesOf(asSchema(part), root, resolving))));
  }
  if ('const' in schema) return alternativesOf({ ...rest, enum: [only] }, root, resolving);
  if (Array.isArray(schema['enum'])) return byTypeOfValue(rest, schema['enum']);
  if (sameJson(schema['not'], {})) return [];
  if (Array.isArray(type)) return type.map((one) => ({ ...rest, type: one }));
  return [schema];
}

/** What an alternative holds; `any` when it does not say. */
export function typeOf(alternative: Schema): TypeName {
  switch (alternative['type']) {
    case 'string':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
    case 'object':
    case 'array':
      return alternative['type'];
    default:
      return 'any';
  }
}

/** The same value, whatever the order of its keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

/** JSON with sorted keys: the same text for the same value. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isSchema(value)) return JSON.stringify(value) ?? 'undefined';
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

function resolve(reference: string, root: Schema): Schema {
  if (!reference.startsWith('#')) throw new Error(`The schema refers to ${reference}, outside itself.`);
  let found: unknown = root;
  for (const part of reference.slice(1).split('/').filter(Boolean)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    found = isSchema(found) ? found[name] : undefined;
  }
  if (found === undefined) throw new Error(`The schema refers to ${reference}, which is not in it.`);
  return asSchema(found);
}

/** Every alternative of one side with every one of the other: both must hold. */
function crossed(left: readonly Schema[], right: readonly Schema[]): Schema[] {
  return left.flatMap((one) => right.map((other) => merged(one, other)));
}

function merged(left: Schema, right: Schema): Schema {
  const properties = new Map(schemasUnder(left, 'properties'));
  for (const [name, schema] of schemasUnder(right, 'properties')) {
    const known = properties.get(name);
    properties.set(name, known ? { allOf: [known, schema] } : schema);
  }
  const required = new Set([...(listUnder(left, 'required') ?? []), ...(listUnder(right, 'required') ?? [])]);
  return {
    ...left,
    ...right,
    ...(properties.size > 0 ? { properties: Object.fromEntries(properties) } : {}),
    ...(required.size > 0 ? { required: [...required] } : {}),
  };
}

function byTypeOfValue(rest: Schema, values: readonly unknown[]): Schema[] {
  const groups = new Map<string, unknown[]>();
  for (const value of values) {
    const type = typeOfValue(value);
    groups.set(type, [...(groups.get(type) ?? []), value]);
  }
  // The null of a nullable list is the type alone: it has no values to compare.
  return [...groups].map(([type, members]) => (type === 'null' ? { type } : { ...rest, type, enum: members }));
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** `'a' | 'b'` as a union of constants means the same as a list of both. */
function joinedValues(alternatives: readonly Schema[]): Schema[] {
  const joined: Schema[] = [];
  for (const alternative of alternatives) {
    const values = listUnder(alternative, 'enum');
    const at =
      values === undefined ? -1 : joined.findIndex((one) => typeOf(one) === typeOf(alternative) && listUnder(one, 'enum') !== undefined);
    const known = joined[at];
    if (values === undefined || known === undefined) joined.push(alternative);
    else joined[at] = { ...known, enum: [...new Set([...(listUnder(known, 'enum') ?? []), ...values])] };
  }
  return joined;
}

function without(schema: Schema, keyword: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));
}
