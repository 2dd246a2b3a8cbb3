/** A PostgreSQL of one's own, until Ctrl-C: `node --conditions=@turnpike/source --import ./tools/loader.mjs tools/postgres/src/main.ts --directory D [--port N]`. */
import { parseArgs } from 'node:util';
import { startPostgres } from './postgres.js';

const { values } = parseArgs({ options: { directory: { type: 'string' }, port: { type: 'string' } } });
if (values.directory === undefined) {
  console.error('Say where its data shall lie: --directory <folder>.');
  process.exit(2);
}
const port = values.port === undefined ? undefined : Number(values.port);

// Asked to stop while still starting, it starts and then stops: what is half started nobody could stop.
const stop = Promise.withResolvers<void>();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.resolve());
// The server is a process of its own and would not keep us here.
const waiting = setInterval(() => undefined, 2 ** 30);

try {
  const postgres = await startPostgres({ directory: values.directory, port, log: (sentence) => console.error(sentence) });
  console.log(`DATABASE_URL=${postgres.adminUrl}`);
  await stop.promise;
  await postgres.stop();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  clearInterval(waiting);
}
