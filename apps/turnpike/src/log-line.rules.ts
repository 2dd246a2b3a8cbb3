/**
 * Whether the log goes to a file instead of standard output: a person who looks at a terminal, or who asked for the story, reads that, and
 * lines for machines would drown it. Who names a level wants to see them; and where nobody looks, whoever started us collects our output.
 */
export function isLogForFile(start: {
  readonly isTerminal: boolean;
  readonly isStoryAsked: boolean;
  readonly level: string | undefined;
}): boolean {
  return start.level === undefined && (start.isTerminal || start.isStoryAsked);
}

/** What every line has, and what helps no person. */
const LEFT_OUT = new Set(['level', 'time', 'service', 'event', 'error', 'stack', 'trace_id', 'span_id', 'trace_flags']);
const LONGEST = 400;

/** A warning or an error of a log, as a person reads it. */
export interface Complaint {
  /** The same again is the same complaint. */
  readonly about: string;
  readonly sentence: string;
}

/**
 * The complaint in one line of a log (JSON, as Log writes it): `! customers road.gap.ask.failed: fetch failed (writer catalog)`.
 * @returns null for any other line
 */
export function complaintIn(line: string): Complaint | null {
  // Most lines are none of ours to show: they are not parsed.
  if (!line.startsWith('{"level":"warn"') && !line.startsWith('{"level":"error"') && !line.startsWith('{"level":"fatal"')) return null;
  const facts = readFacts(line);
  if (!facts) return null;
  const about = `${textOf(facts['service'])} ${textOf(facts['event'])}`;
  const others = Object.entries(facts).filter(([name]) => !LEFT_OUT.has(name));
  const message = messageOf(facts['error']);
  const beside = others.length > 0 ? ` (${others.map(([name, value]) => `${name} ${textOf(value)}`).join(', ')})` : '';
  const mark = facts['level'] === 'warn' ? '!' : '✗';
  return { about, sentence: shortened(`${mark} ${about}${message ? `: ${message}` : ''}${beside}`) };
}

function readFacts(line: string): Record<string, unknown> | null {
  try {
    const facts: unknown = JSON.parse(line);
    return typeof facts === 'object' && facts !== null ? { ...facts } : null;
  } catch {
    return null;
  }
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  return typeof error === 'object' && error !== null && 'message' in error ? textOf(error.message) : '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`;
}
