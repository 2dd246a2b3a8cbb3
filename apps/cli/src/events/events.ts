import type { Command } from 'commander';
import type { Outside } from '../outside.js';
import { replayEvents } from './replay-events.js';

/** `turnpike events …`: what Stripe has told. */
export function events(turnpike: Command, outside: Outside): void {
  replayEvents(turnpike.command('events').description('what Stripe has told, as the gateway keeps it'), outside);
}
