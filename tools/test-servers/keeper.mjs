/**
 * Owns the servers of one test run, in a process of its own: however the run ends, SIGKILL and Ctrl-C included, the system
 * closes the channel to it, and it stops the servers and removes their folders. Run with a channel; argument: the kind of test.
 * Says `{ missing }` (what Kafka lacks), then `{ env }` (variables for the tests) or `{ failure }`.
 */
import '../loader.mjs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [kind, ...needs] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), `turnpike-${kind}-`));
// Made for its owner alone, it would shut out the user that root's PostgreSQL runs as.
await chmod(folder, 0o755);
/** What was started, to be stopped in the opposite order. */
const stops = [];
let ending = null;

const end = () => {
  ending ??= (async () => {
    // What still starts is waited for: a server whose start nobody waits for is a server that nobody stops.
    await starting;
    for (const stop of stops.reverse()) await stop().catch((error) => console.error(error));
    await rm(folder, { recursive: true, force: true });
    process.exit(0);
  })();
};
process.on('disconnect', end);
process.on('message', end);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, end);

// Whoever read our output may be gone as well, and that must not end us before the servers.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const tell = (message) => process.connected && process.send?.(message);

async function startPostgresServer() {
  const { startPostgres, removePostgres } = await import('../postgres/src/index.ts');
  const directory = join(folder, 'postgres');
  stops.push(() => removePostgres(directory));
  const server = await startPostgres({ directory, settings: { max_connections: '400' } });
  return { TEST_DATABASE_URL: server.adminUrl };
}

async function startKafkaBroker() {
  const { kafkaIsPossible, startKafka } = await import('../kafka/src/index.ts');
  const { missing } = await kafkaIsPossible();
  if (missing !== null) {
    tell({ missing });
    return {};
  }
  const broker = await startKafka({ directory: join(folder, 'kafka') });
  stops.push(() => broker.stop());
  return { TEST_KAFKA_BROKERS: broker.brokers.join(',') };
}

const starting = Promise.allSettled([
  ...(needs.includes('postgres') ? [startPostgresServer()] : []),
  ...(needs.includes('kafka') ? [startKafkaBroker()] : []),
]);
const results = await starting;
const failure = results.find(({ status }) => status === 'rejected');
if (failure) tell({ failure: failure.reason?.message ?? String(failure.reason) });
else tell({ env: Object.assign({}, ...results.map(({ value }) => value)) });
