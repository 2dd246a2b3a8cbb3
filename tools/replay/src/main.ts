/** `npm run replay -- customers`: lists a reader's dead letters, or brings them back (docs/operating.md). */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { listDeadLetters, replayDeadLetters } from './ask.js';

const USAGE = `Brings a reader's dead letters back, in their order. Versions decide what still takes effect, so it is safe to repeat.

  npm run replay -- <service> [options]

Options
  --list                only shows what there is
  --topic <name>        only those of one topic
  --organization <id>   only those of one organization
  --json                one line of JSON instead of text
  --url <url>           where it runs; the folder knows unless told
  --token <token>       the service token; the folder knows unless told
  --data <folder>       the folder of the running Turnpike; .turnpike in the checkout unless told

Ends with 0 when all is well, 1 when it could not ask, 2 when asked wrongly, 3 when letters failed again.
`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      topic: { type: 'string' },
      organization: { type: 'string' },
      json: { type: 'boolean', default: false },
      url: { type: 'string' },
      token: { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const [service, ...more] = positionals;
  if (service === undefined || more.length > 0) throw new TypeError('Say whose dead letters.');
  if (!/^[a-z-]+$/.test(service)) throw new TypeError(`"${service}" is no service.`);
  const folder = resolve(values.data ?? join(import.meta.dirname, '..', '..', '..', '.turnpike'));
  const where = {
    service,
    url: values.url ?? (await wordIn(folder, 'running.json', 'url', '--url')),
    token: values.token ?? (await wordIn(folder, 'secrets.json', 'serviceToken', '--token')),
  };
  if (values.list) await list();
  else await replay();

  async function list(): Promise<void> {
    const letters = await listDeadLetters(where, values);
    if (values.json) return void process.stdout.write(`${JSON.stringify(letters)}\n`);
    for (const letter of letters.data) {
      process.stdout.write(
        `${letter.buriedAt}  ${letter.state}  ${letter.topic}  ${letter.key}  ${letter.code} after ${letter.attempts}: ${letter.cause}\n`,
      );
    }
    process.stdout.write(`${letters.data.length} dead letters.\n`);
  }

  async function replay(): Promise<void> {
    const result = await replayDeadLetters(where, values);
    if (result.failed.length > 0) process.exitCode = 3;
    if (values.json) return void process.stdout.write(`${JSON.stringify(result)}\n`);
    for (const { topic, messageId, code, cause } of result.failed)
      process.stdout.write(`failed again  ${topic}  ${messageId}  ${code}: ${cause}\n`);
    process.stdout.write(`${result.replayed} took effect, ${result.failed.length} failed again and stay.\n`);
  }
} catch (error) {
  const isUsage = error instanceof TypeError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${USAGE}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}

async function wordIn(folder: string, file: string, name: string, option: string): Promise<string> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => null);
  if (text === null) throw new Error(`There is no ${file} in ${folder}: no Turnpike runs on it. Give ${option}, or --data.`);
  return z
    .looseObject({ [name]: z.string() })
    .transform((words) => z.string().parse(words[name]))
    .parse(JSON.parse(text));
}
