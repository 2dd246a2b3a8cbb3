import { Option, type Command } from 'commander';
import { StripeEventsReplayResponse } from '@turnpike/contracts-http';
import { ask } from '../ask.js';
import { instantOf } from '../instant.js';
import { LongWork } from '../long-work.js';
import { CommandEnded, EXIT } from '../outcome.js';
import type { Outside } from '../outside.js';
import { servicesOf, wantsJson, type Services } from '../services.js';
import { countOf, jsonLine } from '../words.js';

const ENVIRONMENTS = ['sandbox', 'test', 'live'];
const MOST_IDS = 1_000;

interface Options {
  readonly type?: string[];
  readonly connection?: string;
  readonly organization?: string;
  readonly environment?: string;
  readonly since?: string;
  readonly until?: string;
  readonly after?: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** `turnpike events replay` */
export function replayEvents(events: Command, outside: Outside): void {
  events
    .command('replay')
    .description('announce events again that Stripe has told and the gateway has kept: of the last 30 days')
    .argument('[ids...]', 'ids of events, as Stripe made them: evt_…')
    .option(
      '--type <type>',
      'of one type, as invoice.paid or customer.subscription.*; may be given again',
      (type, before: string[] = []) => [...before, type],
    )
    .option('--connection <id>', 'of one connection')
    .option('--organization <id>', 'of one organization')
    .addOption(new Option('--environment <name>', 'of one environment').choices(ENVIRONMENTS))
    .option('--since <time>', 'that came in since then: 2h (ago), 2026-11-21, 2026-11-21T09:00Z', (text) => instantOf(text))
    .option('--until <time>', 'that came in until then', (text) => instantOf(text))
    .option('--all', 'of everybody and all the time')
    .option('--after <place>', 'goes on behind this place, which an earlier run has said')
    .option('--dry-run', 'only say how many it would be')
    .action(async (ids: string[], options: Options, command: Command) => {
      const which = whichEvents(ids, options);
      const services = await servicesOf(command, outside);
      const isJson = wantsJson(command);
      const counted = await replayPart(services, { ...which, dryRun: true });
      const { withoutBody } = counted;
      const selected = counted.selected ?? 0;
      if (options.dryRun) {
        if (isJson) return outside.out(jsonLine({ dryRun: true, selected, withoutBody }));
        const more = withoutBody ? `; ${withoutBody} more are remembered without their body, which is kept for 30 days` : '';
        return outside.out(`Would announce ${countOf(selected, 'event')} again${more}.\n`);
      }
      // What comes in meanwhile was announced as it came.
      const until = options.until ?? counted.asOf;
      const work = new LongWork(outside, 'event', 'announced again', options.after === undefined ? selected : null);
      const { announced, unreadable, place } = await replayAll(services, { ...which, until }, options.after, work);
      const result = { dryRun: false, selected, withoutBody, announced, unreadable, isInterrupted: place !== null, next_cursor: place };
      outside.out(isJson ? jsonLine(result) : `${countOf(announced, 'event')} announced again.\n`);
      if (place !== null) throw work.interruption(`The same command with --until ${until} --after ${place} goes on with the rest.`);
      if (unreadable > 0)
        throw new CommandEnded(
          EXIT.failed,
          `${countOf(unreadable, 'event')} could not be read: "gateway.body.unreadable" in the log names each, docs/operating.md says why.`,
        );
    });
}

/** As the door takes it. @throws CommandEnded when nothing says which */
function whichEvents(ids: readonly string[], { type, connection, organization, environment, since, until, all }: Options) {
  const which = { types: type, connectionId: connection, organization, environment, since, until, ids: ids.length > 0 ? ids : undefined };
  const isNarrowed = Object.values(which).some((word) => word !== undefined);
  if (!isNarrowed && !all)
    throw new CommandEnded(EXIT.usage, 'Say which events: ids, --type, --connection, --since … or --all. --help shows them.');
  if (ids.length > MOST_IDS)
    throw new CommandEnded(EXIT.usage, `${MOST_IDS} ids at a time, and these are ${ids.length}. A filter takes as many as there are.`);
  return which;
}

function replayPart(services: Services, body: object): Promise<StripeEventsReplayResponse> {
  return ask(services, { method: 'POST', service: 'gateway', path: 'stripe-events/replay', body }, StripeEventsReplayResponse);
}

async function replayAll(services: Services, which: object, after: string | undefined, work: LongWork) {
  let announced = 0;
  let unreadable = 0;
  let cursor: string | null = after ?? null;
  do {
    const place: string | null = cursor;
    const part: StripeEventsReplayResponse = await work.part(
      () => replayPart(services, { ...which, ...(place === null ? {} : { cursor: place }) }),
      place === null ? '' : ` with --after ${place}`,
    );
    announced += part.announced;
    unreadable += part.unreadable;
    work.done(part.announced);
    cursor = part.next_cursor;
  } while (cursor !== null && !work.isInterrupted);
  work.end();
  return { announced, unreadable, place: cursor };
}
