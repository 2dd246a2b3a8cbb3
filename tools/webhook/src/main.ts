/** `npm run webhook -- customer.created`: signs an example event as Stripe would and sends it to the gateway that runs here. */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isSampleName, SAMPLES } from './sample-events.js';
import { signatureOf } from './signed.js';
import { connectionIn, urlOf } from './where.js';

const USAGE = `Signs an example event as Stripe would, and sends it to the gateway that runs here.

  npm run webhook -- <event>        one of: ${Object.keys(SAMPLES).join(', ')}

Options
  --customer <cus_…>   whom it is about; a new one unless told
  --email <address>    of the customer; ada@example.com unless told
  --data <folder>      the folder of the running Turnpike; .turnpike in the checkout unless told
  --url <url>          where it runs; the folder knows unless told
  --connection <id>    the connection to send to; the first declared one unless told
  --secret <whsec_…>   what to sign with; the folder knows unless told
`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      customer: { type: 'string' },
      email: { type: 'string', default: 'ada@example.com' },
      data: { type: 'string' },
      url: { type: 'string' },
      connection: { type: 'string' },
      secret: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [name, ...more] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  if (name === undefined || more.length > 0) throw new TypeError('Say which event to send.');
  if (!isSampleName(name)) throw new TypeError(`There is no example of ${name}.`);
  if (values.customer !== undefined && !/^cus_\w+$/.test(values.customer))
    throw new TypeError('--customer takes an id as Stripe makes them: cus_…');

  const folder = resolve(values.data ?? join(import.meta.dirname, '..', '..', '..', '.turnpike'));
  const url = values.url ?? (await urlOf(folder));
  const connection =
    values.secret !== undefined && values.connection !== undefined
      ? { id: values.connection, secret: values.secret }
      : { ...(await connectionIn(folder, values.connection ?? null)), ...(values.secret === undefined ? {} : { secret: values.secret }) };

  const now = Math.floor(Date.now() / 1000);
  const id = randomBytes(8).toString('hex');
  const customer = values.customer ?? `cus_${id}`;
  const body = JSON.stringify(SAMPLES[name]({ id, customer, email: values.email, now }));
  const address = new URL(`/webhooks/stripe/${connection.id}`, url);
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signatureOf(body, connection.secret, now) },
    body,
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    throw new Error(
      `${address} cannot be reached: ${error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)}. Does "npm start" run?`,
    );
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`The gateway answered ${response.status}: ${answer}`);
  process.stdout.write(`${name} about ${customer} was accepted: ${answer}\n`);
  if (name === 'customer.created')
    process.stdout.write(
      `Next: npm run webhook -- customer.subscription.created --customer ${customer}${values.data ? ` --data ${values.data}` : ''}\n`,
    );
} catch (error) {
  const isUsage = error instanceof TypeError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${USAGE}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
