import type { Command } from 'commander';
import { DeadLettersReplayResponse } from '@turnpike/contracts-http';
import { ask } from '../ask.js';
import { CommandEnded, EXIT } from '../outcome.js';
import type { Outside } from '../outside.js';
import { LongWork } from '../long-work.js';
import { servicesOf, wantsJson, type Services } from '../services.js';
import { jsonLine } from '../words.js';
import { counted, inWords, type Counted } from './count.js';
import { messageIds, whichLetters, withFilters, type WhichLetters } from './which-letters.js';

/** Small enough that Ctrl-C is answered soon, and that a part is done well before anybody's patience ends. */
const OF_ONE_PART = 100;

type Failed = DeadLettersReplayResponse['failed'][number] & { readonly service: string };

/** `turnpike dead-letters replay` */
export function replayDeadLetters(deadLetters: Command, outside: Outside): void {
  withFilters(
    deadLetters
      .command('replay')
      .description(
        'bring them back in their order, each in one transaction with its effect; all of them unless told which. Safe to repeat.',
      )
      .addArgument(messageIds('message ids that "list" shows')),
  )
    .option('--dry-run', 'only say how many it would be, with what waits behind them')
    .action(async (ids: string[] | undefined, options: { dryRun?: boolean }, command: Command) => {
      const services = await servicesOf(command, outside);
      const which = whichLetters(services, options, ids);
      const { found, selected, byService } = await counted(services, which, 'replay');
      const isJson = wantsJson(command);
      if (options.dryRun) {
        if (isJson) return outside.out(jsonLine({ dryRun: true, selected, services: byService }));
        return outside.out(`Would replay ${inWords({ selected, byService })}.\n`);
      }
      const work = new LongWork(outside, 'dead letter', 'tried', selected);
      const { replayed, failed, waiting } = await replayAll(services, which, found, work);
      if (isJson) outside.out(jsonLine({ dryRun: false, selected, replayed, failed, waiting, isInterrupted: work.isCutShort }));
      else {
        for (const { service, topic, messageId, code, cause } of failed)
          outside.out(`failed again  ${service}  ${topic}  ${messageId}  ${code}: ${cause}\n`);
        outside.out(
          `${replayed} took effect, ${failed.length} failed again and stay${waiting > 0 ? `, ${waiting} wait behind those` : ''}.\n`,
        );
      }
      if (work.isCutShort) throw work.interruption('The same command goes on with the rest.');
      if (failed.length > 0)
        throw new CommandEnded(EXIT.failed, 'Mend the cause of those that stay, then replay them again, or drop them.');
    });
}

async function replayAll(services: Services, { query }: Pick<WhichLetters, 'query'>, found: readonly Counted[], work: LongWork) {
  const failed: Failed[] = [];
  let replayed = 0;
  let waiting = 0;
  for (const { service, asOf } of found) {
    let cursor: string | null = null;
    while (!work.isInterrupted) {
      // What is buried meanwhile is left for the next time: an unmended cause would keep us here for ever.
      const part = { ...query, until: asOf, limit: OF_ONE_PART, cursor: cursor ?? undefined };
      const question = { method: 'POST', service, path: 'dead-letters/replay', query: part } as const;
      const answer: DeadLettersReplayResponse = await work.part(() => ask(services, question, DeadLettersReplayResponse));
      replayed += answer.replayed;
      waiting += answer.waiting;
      failed.push(...answer.failed.map((one) => ({ service, ...one })));
      work.done(answer.replayed + answer.failed.length + answer.waiting);
      cursor = answer.next_cursor;
      if (cursor === null) break;
    }
  }
  work.end();
  return { replayed, failed, waiting };
}
