import type { Command } from 'commander';
import { DeadLettersDropResponse } from '@turnpike/contracts-http';
import { ask } from '../ask.js';
import { LongWork } from '../long-work.js';
import { CommandEnded, EXIT } from '../outcome.js';
import type { Outside } from '../outside.js';
import { servicesOf, wantsJson } from '../services.js';
import { jsonLine } from '../words.js';
import { counted, inWords } from './count.js';
import { messageIds, whichLetters, withFilters } from './which-letters.js';

const OF_ONE_PART = 500;

/** `turnpike dead-letters drop` */
export function dropDeadLetters(deadLetters: Command, outside: Outside): void {
  withFilters(
    deadLetters
      .command('drop')
      .description('forget them for ever: those that are meant, not what waits behind them')
      .addArgument(messageIds('message ids that "list" shows')),
  )
    .option('--dry-run', 'only say how many it would be')
    .option('--yes', 'do not ask whether it is meant')
    .action(async (ids: string[] | undefined, options: { dryRun?: boolean; yes?: boolean }, command: Command) => {
      const services = await servicesOf(command, outside);
      const which = whichLetters(services, options, ids);
      if (!which.isNarrowed) throw new CommandEnded(EXIT.usage, 'Say which to drop: message ids, or a filter. --help shows them.');
      const { found, selected, byService } = await counted(services, which, 'drop');
      const isJson = wantsJson(command);
      const what = inWords({ selected, byService });
      if (options.dryRun) return outside.out(isJson ? jsonLine({ dryRun: true, selected, services: byService }) : `Would drop ${what}.\n`);
      if (selected > 0 && !options.yes) await confirm(outside, what);
      const work = new LongWork(outside, 'dead letter', 'dropped', selected);
      let dropped = 0;
      for (const { service, asOf } of found) {
        for (let hasMore = true; hasMore && !work.isInterrupted;) {
          const query = { ...which.query, until: asOf, limit: OF_ONE_PART };
          const question = { method: 'POST', service, path: 'dead-letters/drop', query } as const;
          const answer = await work.part(() => ask(services, question, DeadLettersDropResponse));
          dropped += answer.dropped;
          work.done(answer.dropped);
          hasMore = answer.has_more;
        }
      }
      work.end();
      outside.out(isJson ? jsonLine({ dryRun: false, selected, dropped, isInterrupted: work.isCutShort }) : `${dropped} dropped.\n`);
      if (work.isCutShort) throw work.interruption('The same command goes on with the rest.');
    });
}

async function confirm(outside: Outside, what: string): Promise<void> {
  if (!outside.isTerminal) throw new CommandEnded(EXIT.usage, `This would drop ${what} for ever. Say --yes if that is meant.`);
  const answer = await outside.ask(`Drop ${what} for ever? Type yes: `).catch(() => 'no');
  if (answer.trim().toLowerCase() !== 'yes') throw new CommandEnded(EXIT.failed, 'Nothing was dropped.');
}
