import { Argument, type Command } from 'commander';
import { DeadLetterDetailResponse } from '@turnpike/contracts-http';
import { askOrNull } from '../ask.js';
import { CommandEnded, EXIT } from '../outcome.js';
import type { Outside } from '../outside.js';
import { servicesOf, wantsJson } from '../services.js';
import { jsonLine } from '../words.js';
import { messageId, READERS } from './which-letters.js';

/** `turnpike dead-letters show` */
export function showDeadLetter(deadLetters: Command, outside: Outside): void {
  deadLetters
    .command('show')
    .description('show one: its cause, its envelope, and what stands in it if asked')
    .addArgument(new Argument('<id>', 'the message id that "list" shows').argParser(messageId))
    .option('--body', 'what stands in it, too, without names, addresses, secrets and free text')
    .action(async (id: string, options: { body?: boolean }, command: Command) => {
      const services = await servicesOf(command, outside);
      for (const service of READERS.filter((reader) => services.has(reader))) {
        const question = { method: 'GET', service, path: `dead-letters/${id}`, query: { body: options.body ?? false } } as const;
        const letter = await askOrNull(services, question, DeadLetterDetailResponse);
        if (letter)
          return outside.out(wantsJson(command) ? jsonLine({ service, ...letter }) : textOf(service, letter, options.body ?? false));
      }
      throw new CommandEnded(EXIT.failed, `No service has a dead letter ${id}: it never had, or it was replayed or dropped.`);
    });
}

function textOf(service: string, letter: DeadLetterDetailResponse, isBodyWanted: boolean): string {
  const facts: ReadonlyArray<readonly [string, unknown]> = [
    ['service', service],
    ['topic', `${letter.topic}, partition ${letter.partition}, epoch ${letter.epoch}, number ${letter.number}`],
    ['message', letter.messageId],
    ['of', `${letter.organization}, ${letter.environment}`],
    ['key', letter.key],
    ['order key', letter.orderKey],
    ['state', `${letter.state} since ${letter.buriedAt}, ${letter.attempts} tries`],
    ['cause', `${letter.code}: ${letter.cause}`],
    ...Object.entries(letter.headers).map(([name, value]) => [`  ${name}`, value] as const),
    [
      'body',
      letter.bodyBytes === null ? 'none: it tells a deletion' : `${letter.bodyBytes} bytes${isBodyWanted ? '' : '; --body shows them'}`,
    ],
  ];
  const lines = facts.map(([name, value]) => `${name.padEnd(22)}${String(value)}\n`).join('');
  if (!isBodyWanted || letter.bodyBytes === null) return lines;
  return `${lines}${letter.bodyProblem ?? JSON.stringify(letter.body, null, 2)}\n`;
}
