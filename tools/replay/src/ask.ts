import type { z } from 'zod';
import { DeadLettersListResponse, DeadLettersReplayResponse } from '@turnpike/contracts-http';

/** The doors for operators page by `limit` alone. */
const Letters = DeadLettersListResponse.partial({ has_more: true, next_cursor: true });
type Letters = z.output<typeof Letters>;

export interface Where {
  readonly url: string;
  /** The service token of the installation. */
  readonly token: string;
  readonly service: string;
}

export interface Which {
  readonly topic?: string | undefined;
  readonly organization?: string | undefined;
}

/** The reader's dead letters, the oldest first, without their payloads; a thousand at most. @throws Error with what to do */
export async function listDeadLetters(where: Where, which: Which): Promise<Letters> {
  return Letters.parse(await ask('GET', where, 'dead-letters', { ...which, limit: '1000' }));
}

/** Brings them back in the order of their numbers. Safe to ask for twice. @throws Error with what to do */
export async function replayDeadLetters(where: Where, which: Which): Promise<DeadLettersReplayResponse> {
  return DeadLettersReplayResponse.parse(await ask('POST', where, 'dead-letters/replay', { ...which }));
}

async function ask(
  method: string,
  { url, token, service }: Where,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
): Promise<unknown> {
  const address = new URL(`/internal/${service}/${path}`, url);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, value);
  const response = await fetch(address, { method, headers: { authorization: `Bearer ${token}` } }).catch((error: unknown) => {
    throw new Error(
      `${address.origin} cannot be reached: ${error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)}.`,
    );
  });
  if (response.status === 404) throw new Error(`There is no service ${service} at ${address.origin}.`);
  if (response.status === 401)
    throw new Error(
      'The service token is not the one of that installation. It is SERVICE_TOKEN there, or stands in secrets.json of its folder.',
    );
  if (!response.ok) throw new Error(`${service} answered ${response.status}: ${await response.text()}`);
  return await response.json();
}
