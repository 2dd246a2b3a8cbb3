import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import { MOST_MESSAGE_IDS } from '@turnpike/contracts-http';
import { TOPICS } from '@turnpike/contracts-events';
import { z } from 'zod';
import { instantOf } from '../instant.js';
import { CommandEnded, EXIT } from '../outcome.js';
import type { Services } from '../services.js';

/** Every service that hears something, and so may bury it: those with a topic of dead letters. */
export const READERS: readonly string[] = TOPICS.map(({ name }) => name.split('.'))
  .flatMap(([reader = '', noun]) => (noun === 'dead-letters' ? [reader] : []))
  .toSorted();

const ENVIRONMENTS = ['sandbox', 'test', 'live'];

/** The filters of a command, as commander has read them. */
const Given = z.looseObject({
  service: z.string().optional(),
  topic: z.string().optional(),
  organization: z.string().optional(),
  environment: z.string().optional(),
  code: z.string().optional(),
  since: z.string().optional(),
});

export interface WhichLetters {
  /** One, or all that hear something. */
  readonly readers: readonly string[];
  /** As the doors for operators take it. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Something was said of which. */
  readonly isNarrowed: boolean;
}

export function withFilters(command: Command): Command {
  return command
    .addOption(new Option('--service <name>', 'of one service').choices(READERS))
    .option('--topic <name>', 'of one topic')
    .option('--organization <id>', 'of one organization')
    .addOption(new Option('--environment <name>', 'of one environment').choices(ENVIRONMENTS))
    .option('--code <code>', 'buried for one cause, as contract_mismatch')
    .option('--since <time>', 'buried since then: 2h (ago), 2026-11-21, 2026-11-21T09:00Z', (text) => instantOf(text));
}

export function messageIds(description: string): Argument {
  return new Argument('[ids...]', description).argParser<string[]>((id, before = []) => [...before, messageId(id)]);
}

/** @throws InvalidArgumentError */
export function messageId(text: string): string {
  if (!z.uuid().safeParse(text).success) throw new InvalidArgumentError('A message id is what "turnpike dead-letters list" shows.');
  return text;
}

/**
 * @param ids at most 100: they travel in an address
 * @throws CommandEnded
 */
export function whichLetters(services: Services, options: object, ids: readonly string[] = []): WhichLetters {
  const { service, topic, organization, environment, code, since } = Given.parse(options);
  if (ids.length > MOST_MESSAGE_IDS)
    throw new CommandEnded(
      EXIT.usage,
      `${MOST_MESSAGE_IDS} ids at a time, and these are ${ids.length}. A filter takes as many as there are.`,
    );
  const query = { topic, organization, environment, code, since, ids: ids.length > 0 ? ids.join(',') : undefined };
  return {
    readers: service === undefined ? READERS.filter((reader) => services.has(reader)) : [service],
    query,
    isNarrowed: service !== undefined || Object.values(query).some((word) => word !== undefined),
  };
}
