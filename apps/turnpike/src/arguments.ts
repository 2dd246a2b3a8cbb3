import { parseArgs } from 'node:util';
import { LOG_LEVELS, type Settings } from './settings.js';

/** What the command line asks for. `wrong` carries a sentence for the person who typed it. */
export type Asked =
  | { readonly do: 'help' }
  | { readonly do: 'wrong'; readonly because: string }
  | {
      readonly do: 'start';
      readonly port: number | null;
      readonly folder: string | null;
      readonly processes: boolean;
      /** How often a service runs, by its name; once where it is not named. */
      readonly replicas: ReadonlyMap<string, number>;
      readonly reset: boolean;
      /** `play`: the story, then the end, with its outcome as the exit code. `skip`: no story. Otherwise it is played at the first start. */
      readonly story: 'play' | 'skip' | 'first time';
      /** How long each step of the story may take to be seen; null leaves it to the story. */
      readonly patienceSeconds: number | null;
      /** Shows the log on standard output, from this level on; null leaves that to LOG_LEVEL and to who looks. */
      readonly log: Settings['LOG_LEVEL'] | null;
    };

const MOST_REPLICAS = 9;
const LONGEST_PATIENCE_SECONDS = 3_600;

export const USAGE = `Turnpike: every service, behind one port.

  npm start                        in one process, on a PostgreSQL of its own; no Docker, no Kafka, no Stripe account;
                                   the first start plays a story: a trial, a failed payment, a farewell and a return
  npm start -- [options]

Options
  --port <number>   where it answers; 8080 unless PORT says otherwise, 0 takes a free one
  --processes       every service as an operating-system process of its own, over Kafka (Java 17 or newer, or KAFKA_BROKERS)
  --replicas <list> with --processes: how often services run, as in customers=2,entitlements=2
  --story           plays the story and ends: exit 0 only if every step was observed
  --patience <s>    how many seconds each step of the story may take to be seen; 30 unless told
  --quiet           only starts: no story
  --data <folder>   where databases, secrets, the Sandbox and the declaration lie; .turnpike in the checkout unless told
  --log <level>     shows the log here: debug, info, warn, error. On a terminal it goes to turnpike.log in the folder unless told
  --reset           throws all of that away first, and starts clean
  --help            this

Environment (or a file .env; see .env.example)
  DATABASE_URL      a PostgreSQL to use instead, as a role that may create databases and roles
  KAFKA_BROKERS     a Kafka to use instead, as host:port, comma separated
  DECLARATION       the file that declares organizations, API key hashes and connections; one is made at the first start
  HOST PORT         where it answers; 127.0.0.1 unless told
  LOG_LEVEL         as --log, or silent
`;

/**
 * @param words the command line after the program's name
 * @param services the names that --replicas may give
 */
export function readArguments(words: readonly string[], services: readonly string[]): Asked {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...words],
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        processes: { type: 'boolean', default: false },
        replicas: { type: 'string', default: '' },
        reset: { type: 'boolean', default: false },
        story: { type: 'boolean', default: false },
        patience: { type: 'string' },
        log: { type: 'string' },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    return {
      do: 'wrong',
      because: firstSentence(typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)),
    };
  }
  if (values.help) return { do: 'help' };
  if (values.port !== undefined && !isPort(values.port))
    return { do: 'wrong', because: `--port takes a number from 0 to 65535, not "${values.port}".` };
  if (values.data === '') return { do: 'wrong', because: '--data takes a folder.' };
  if (values.story && values.quiet) return { do: 'wrong', because: '--story and --quiet are opposites: give one of them.' };
  if (values.patience !== undefined && !isCount(values.patience, LONGEST_PATIENCE_SECONDS))
    return {
      do: 'wrong',
      because: `--patience takes a number of seconds from 1 to ${LONGEST_PATIENCE_SECONDS}, not "${values.patience}".`,
    };
  const log = LOG_LEVELS.find((level) => level === values.log) ?? null;
  if (values.log !== undefined && log === null)
    return { do: 'wrong', because: `--log takes ${LOG_LEVELS.join(', ')}, not "${values.log}".` };
  const replicas = new Map<string, number>();
  for (const pair of values.replicas.split(',').filter(Boolean)) {
    const [service = '', count = ''] = pair.split('=');
    if (!services.includes(service))
      return { do: 'wrong', because: `--replicas names "${service}", which is no service: there are ${services.join(', ')}.` };
    if (pair !== `${service}=${count}` || !isCount(count, MOST_REPLICAS))
      return { do: 'wrong', because: `--replicas takes <service>=<1 to ${MOST_REPLICAS}>, comma separated, not "${pair}".` };
    replicas.set(service, Number(count));
  }
  if (replicas.size > 0 && !values.processes)
    return { do: 'wrong', because: '--replicas needs --processes: in one process every service runs once.' };
  return {
    do: 'start',
    port: values.port === undefined ? null : Number(values.port),
    folder: values.data ?? null,
    processes: values.processes,
    replicas,
    reset: values.reset,
    story: values.story ? 'play' : values.quiet ? 'skip' : 'first time',
    patienceSeconds: values.patience === undefined ? null : Number(values.patience),
    log,
  };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function isCount(text: string, most: number): boolean {
  return /^[1-9]\d{0,5}$/.test(text) && Number(text) <= most;
}

/** Node adds advice on positional arguments that does not fit here. */
function firstSentence(message: string): string {
  return `${message.split('. ', 1)[0]?.replace(/\.$/, '') ?? message}.`;
}
