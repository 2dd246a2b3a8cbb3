import type { Command } from 'commander';
import type { Outside } from '../outside.js';
import { dropDeadLetters } from './drop.js';
import { listDeadLetters } from './list.js';
import { replayDeadLetters } from './replay.js';
import { showDeadLetter } from './show.js';

/** `turnpike dead-letters …`: messages that a service could not apply. */
export function deadLetters(turnpike: Command, outside: Outside): void {
  const command = turnpike.command('dead-letters').description('messages that a service could not apply, kept until somebody decides');
  listDeadLetters(command, outside);
  showDeadLetter(command, outside);
  replayDeadLetters(command, outside);
  dropDeadLetters(command, outside);
}
