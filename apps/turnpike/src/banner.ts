import { relative } from 'node:path';

export interface Greeting {
  readonly url: string;
  readonly sandboxUrl: string;
  /** Shown now and never again; null when it was shown before, or when the declaration is somebody's own. */
  readonly apiKey: string | null;
  /** Whether DECLARATION names the file of organizations, instead of the one that was made here. */
  readonly isDeclaredElsewhere: boolean;
  readonly folder: string;
  readonly mode: string;
  /** Where the log goes; null when it stands on this very screen. */
  readonly logFile: string | null;
  readonly startedInMs: number;
}

const DEFAULT_FOLDER = '.turnpike';

/** What stands on the screen when everything runs: where, with which key, and what to try next, ready to be pasted. */
export function greeting(
  { url, sandboxUrl, apiKey, isDeclaredElsewhere, folder, mode, logFile, startedInMs }: Greeting,
  checkout: string,
): string {
  const data = relative(checkout, folder) === DEFAULT_FOLDER ? '' : ` --data ${quoted(folder)}`;
  const shownKey = apiKey ?? '<your API key>';
  const key =
    apiKey !== null
      ? ['  API key of the organization "example", environment sandbox. It is shown this once:', '', `    ${apiKey}`, '']
      : isDeclaredElsewhere
        ? ['  Organizations and API keys are those of DECLARATION.', '']
        : ['  The API key was shown at the first start. Lost it? docs/operating.md says how another one is made.', ''];
  return [
    '',
    `Turnpike runs at ${url}`,
    `  ${mode}; started in ${(startedInMs / 1000).toFixed(1)} s; data in ${folder}`,
    ...(logFile === null ? [] : [`  log in ${logFile}; what goes wrong is said here, too`]),
    '',
    ...key,
    '  Try it, in another terminal:',
    '',
    `    npm run webhook -- customer.created${data}`,
    `    curl -H ${quoted(`Authorization: Bearer ${shownKey}`)} ${url}/v1/customers`,
    '',
    `  ${url}/mailbox   mail that was sent to customers (it asks for the API key)`,
    `  ${url}/docs      what Turnpike answers · /readyz · /metrics`,
    `  ${sandboxUrl}           the Sandbox, which plays Stripe: any key sk_test_… opens an account of its own there`,
    '  Ctrl-C stops it · npm start -- --story plays the story again, and ends',
    '',
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
