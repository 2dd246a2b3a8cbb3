import type { Command } from 'commander';
import { DeadLettersListResponse } from '@turnpike/contracts-http';
import { ask } from '../ask.js';
import type { Outside } from '../outside.js';
import { servicesOf, wantsJson } from '../services.js';

/** `turnpike dead-letters list` */
export function listDeadLetters(deadLetters: Command, outside: Outside): void {
  deadLetters
    .command('list')
    .description('Shows what was buried, the oldest first, without what stood in it.')
    .option('--service <name>', 'whose')
    .action(async (options: { service?: string }, command: Command) => {
      const services = await servicesOf(command, outside);
      const list = await ask(
        services,
        { method: 'GET', service: options.service ?? 'customers', path: 'dead-letters' },
        DeadLettersListResponse,
      );
      outside.out(wantsJson(command) ? `${JSON.stringify(list)}\n` : `${list.data.length} dead letters.\n`);
    });
}
