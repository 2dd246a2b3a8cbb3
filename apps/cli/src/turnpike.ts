import { Command, CommanderError } from 'commander';
import { deadLetters } from './dead-letters/dead-letters.js';
import { moveToKafka } from './move-to-kafka.js';
import { events } from './events/events.js';
import { CommandEnded, EXIT, type Exit } from './outcome.js';
import type { Outside } from './outside.js';
import { restored } from './restored.js';

const AFTER_HELP = `
Where:
  Without an option the Turnpike that "npm start" runs in this checkout is asked; --data names the folder of another one. In a container of
  a service its own settings WRITER_URLS and SERVICE_TOKEN say where the services are. --url asks a front door, with SERVICE_TOKEN.

Ends with:
  0 done · 1 failed, or done only in part · 2 asked wrongly · 3 nobody answers there · 130 stopped by Ctrl-C

Examples:
  turnpike dead-letters list --service customers --since 2h
  turnpike dead-letters replay --code contract_mismatch --dry-run
  turnpike events replay --connection acme --since 2026-11-20 --dry-run
`;

/** Every command there is, each from its own file. A new one is added here and nowhere else. */
function commandsOf(outside: Outside): Command {
  const program = new Command('turnpike')
    .description('Looks after a running Turnpike: what was buried, what is told again.')
    .option('--json', 'one JSON document on standard output instead of text')
    .option('--data <folder>', 'the folder of the running Turnpike; .turnpike in the checkout unless told')
    .option('--url <url>', 'the front door of a Turnpike elsewhere, with its SERVICE_TOKEN in the environment')
    .helpOption('-h, --help', 'what can be asked')
    .helpCommand('help [command]', 'what a command does')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => outside.out(text), writeErr: (text) => outside.tell(text) })
    .showHelpAfterError('Say --help for what can be asked.')
    .exitOverride()
    .addHelpText('after', AFTER_HELP);
  deadLetters(program, outside);
  events(program, outside);
  restored(program, outside);
  moveToKafka(program, outside);
  return program;
}

/** @param words the command line after the program's name. @returns how it ended; everything that is to be said has been said */
export async function runTurnpike(words: readonly string[], outside: Outside): Promise<Exit> {
  try {
    await commandsOf(outside).parseAsync([...words], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // commander has said what was wrong with the words, or shown the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    outside.tell(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof CommandEnded ? error.exit : EXIT.failed;
  }
}
