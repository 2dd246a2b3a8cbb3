/** The `turnpike` command: hands it the world, and ends as it says. */
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Outside } from './outside.js';
import { runTurnpike } from './turnpike.js';

const stop = new AbortController();
/** Once finishes the part under way; twice ends at once. */
process.once('SIGINT', () => {
  stop.abort();
  process.once('SIGINT', () => process.exit(130));
});
// `turnpike … | head` closes the pipe when it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const outside: Outside = {
  out: (text) => void process.stdout.write(text),
  tell: (text) => void process.stderr.write(text),
  isTerminal: process.stdin.isTTY && process.stderr.isTTY,
  ask: async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(question, { signal: stop.signal });
    } finally {
      terminal.close();
    }
  },
  environment: process.env,
  defaultFolder: join(import.meta.dirname, '..', '..', '..', '.turnpike'),
  stopping: stop.signal,
};

process.exitCode = await runTurnpike(process.argv.slice(2), outside);
