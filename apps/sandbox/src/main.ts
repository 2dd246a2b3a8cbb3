import { parseArgs } from 'node:util';
import { startSandbox } from './start.js';

const USAGE = `A stand-in for Stripe on this machine.

  npm run sandbox -- --port 12111 --data .turnpike/sandbox

  --port N     the port to listen on (12111)
  --host H     the address to listen on (127.0.0.1)
  --data DIR   the folder its state is kept in (.turnpike/sandbox)
  --retry-after-ms A,B,C
               waits before a delivery that failed is tried again (5000,300000,1800000)
  --help       this text

Any key sk_test_… opens an account of its own. Point the SDK at it: new Stripe(key, { host, port, protocol: 'http' }).
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '12111' },
    host: { type: 'string', default: '127.0.0.1' },
    data: { type: 'string', default: '.turnpike/sandbox' },
    'retry-after-ms': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const retryAfterMs = values['retry-after-ms']?.split(',').map(Number);
  const sandbox = await startSandbox({
    port: Number(values.port),
    host: values.host,
    data: values.data,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  process.stdout.write(`Sandbox at ${sandbox.url}, state in ${values.data}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.stop());
  // Started by another process: it is told where we are, and its end is ours, too.
  if (process.send) process.once('disconnect', () => void sandbox.stop());
  process.send?.({ listening: sandbox.url });
}
