/** JSON as Stripe's deliveries have it: two spaces, and an empty array over three lines (A6). */
export function pretty(value: unknown, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return `[\n\n${indent}]`;
    const lines = value.map((one: unknown) => `${inner}${pretty(one, inner)}`);
    return `[\n${lines.join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  if (entries.length === 0) return `{\n${indent}}`;
  const lines = entries.map(([name, one]) => `${inner}${JSON.stringify(name)}: ${pretty(one, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
