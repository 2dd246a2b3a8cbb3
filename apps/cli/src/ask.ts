import type { z } from 'zod';
import { CommandEnded, EXIT } from './outcome.js';
import type { Services } from './services.js';

/** Long enough for a part of a replay: a hundred letters, each a transaction. */
const PATIENCE_MS = 120_000;

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly service: string;
  /** After `/internal/<service>/`. */
  readonly path: string;
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
}

/**
 * Asks a service at its door for operators.
 * @returns null where it does not know what was asked for (404)
 * @throws CommandEnded with what to do
 */
export async function askOrNull<S extends z.ZodType>(services: Services, question: Question, answer: S): Promise<z.output<S> | null> {
  const response = await send(services, question);
  if (response.status === 404) return null;
  return answer.parse(await response.json());
}

/** As `askOrNull`, for what must be there. */
export async function ask<S extends z.ZodType>(services: Services, question: Question, answer: S): Promise<z.output<S>> {
  const answered = await askOrNull(services, question, answer);
  if (answered !== null) return answered;
  throw new CommandEnded(EXIT.unreachable, `There is no service ${question.service} at ${services.at(question.service).origin}.`);
}

async function send(services: Services, { method, service, path, query = {}, body }: Question): Promise<Response> {
  const address = new URL(`/internal/${service}/${path}`, services.at(service));
  for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, String(value));
  const response = await fetch(address, {
    method,
    headers: { authorization: `Bearer ${services.token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: unknown) => {
    throw new CommandEnded(EXIT.unreachable, `${service} cannot be reached at ${address.origin} (${reasonOf(error)}). Does it run?`);
  });
  if (response.ok || response.status === 404) return response;
  const text = await response.text();
  if (response.status === 401)
    throw new CommandEnded(
      EXIT.unreachable,
      `${address.origin} does not take this service token. It is SERVICE_TOKEN there, or stands in secrets.json of its folder.`,
    );
  if (response.status === 503 || response.status === 502)
    throw new CommandEnded(EXIT.unreachable, `${service} cannot work now (${response.status}): ${detailOf(text)} Ask again later.`);
  throw new CommandEnded(response.status === 400 ? EXIT.usage : EXIT.failed, `${service} answered ${response.status}: ${detailOf(text)}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}

/** The sentences of a problem, or what was said instead of one. */
function detailOf(text: string): string {
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem === 'object' && problem !== null) {
      const errors = 'errors' in problem && Array.isArray(problem.errors) ? problem.errors : [];
      const more = errors.map((one: { pointer?: unknown; message?: unknown }) => `${String(one.pointer)}: ${String(one.message)}`);
      if ('detail' in problem) return [String(problem.detail), ...more].join(' ');
    }
  } catch {
    // Not JSON: as it stands.
  }
  return text.slice(0, 500);
}
