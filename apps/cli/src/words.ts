/** `1 dead letter`, `2 dead letters`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `customers 2, payments 1`; nothing of those with none. */
export function shares(counts: Iterable<readonly [string, number]>): string {
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** One JSON document, on a line of its own. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
