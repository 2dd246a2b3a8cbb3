import type { Command } from 'commander';
import type { Outside } from '../outside.js';
import { listDeadLetters } from './list.js';

/** `turnpike dead-letters …`: messages that a reader could not apply. */
export function deadLetters(turnpike: Command, outside: Outside): void {
  const command = turnpike.command('dead-letters').description('Messages that a service could not apply, kept until somebody decides.');
  listDeadLetters(command, outside);
}
