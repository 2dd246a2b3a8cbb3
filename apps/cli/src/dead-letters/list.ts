import { InvalidArgumentError, type Command } from 'commander';
import { DeadLettersListResponse, type DeadLetterResponse } from '@turnpike/contracts-http';
import { ask } from '../ask.js';
import type { Outside } from '../outside.js';
import { servicesOf, wantsJson, type Services } from '../services.js';
import { countOf, jsonLine, shares } from '../words.js';
import { whichLetters, withFilters, type WhichLetters } from './which-letters.js';

const MOST_OF_ONE_PAGE = 1_000;
type Letter = DeadLetterResponse & { readonly service: string };

/** `turnpike dead-letters list` */
export function listDeadLetters(deadLetters: Command, outside: Outside): void {
  withFilters(deadLetters.command('list').description('show what there is: of each service the oldest first, without what stands in it'))
    .option('--limit <number>', 'how many at most', wholeNumber, 100)
    .action(async (options: { limit: number }, command: Command) => {
      const services = await servicesOf(command, outside);
      const { data, hasMore } = await lettersOf(services, whichLetters(services, options), options.limit);
      if (wantsJson(command)) return outside.out(jsonLine({ object: 'list', data, has_more: hasMore }));
      for (const letter of data) outside.out(linesOf(letter));
      const byService = Map.groupBy(data, ({ service }) => service);
      const parts = shares([...byService].map(([service, letters]) => [service, letters.length] as const));
      outside.out(`${countOf(data.length, 'dead letter')}${parts ? ` (${parts})` : ''}.\n`);
      if (hasMore) outside.tell(`There are more: --limit ${options.limit * 10} shows them.\n`);
    });
}

async function lettersOf(services: Services, { readers, query }: WhichLetters, limit: number) {
  const data: Letter[] = [];
  for (const service of readers) {
    let cursor: string | undefined;
    do {
      const wanted = Math.min(limit - data.length + 1, MOST_OF_ONE_PAGE);
      const question = { method: 'GET', service, path: 'dead-letters', query: { ...query, limit: wanted, cursor } } as const;
      const page = await ask(services, question, DeadLettersListResponse);
      data.push(...page.data.map((letter) => ({ service, ...letter })));
      cursor = page.next_cursor ?? undefined;
      // One more than wanted was looked for, to know whether there are more.
      if (data.length > limit) return { data: data.slice(0, limit), hasMore: true };
    } while (cursor !== undefined);
  }
  return { data, hasMore: false };
}

function linesOf({ buriedAt, service, state, topic, key, messageId, code, cause, attempts }: Letter): string {
  const why = state === 'parked' ? cause : `${code} after ${attempts === 1 ? 'one try' : `${attempts} tries`}: ${cause}`;
  return `${buriedAt}  ${service}  ${state}  ${topic}  ${key}\n    ${messageId}  ${why}\n`;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It takes a whole number from 1 to 999999.');
  return Number(text);
}
