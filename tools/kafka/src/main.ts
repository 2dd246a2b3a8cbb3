/** A Kafka of one's own, until Ctrl-C: `node --conditions=@turnpike/source --import ./tools/loader.mjs tools/kafka/src/main.ts --directory D [--port N]`. */
import { parseArgs } from 'node:util';
import { startKafka } from './kafka.js';

const { values } = parseArgs({ options: { directory: { type: 'string' }, port: { type: 'string' } } });
if (values.directory === undefined) {
  console.error('Say where its data shall lie: --directory <folder>.');
  process.exit(2);
}
const port = values.port === undefined ? undefined : Number(values.port);
const kafka = await startKafka({ directory: values.directory, port }).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(`KAFKA_BROKERS=${kafka.brokers.join(',')}`);

// The broker's channel would not keep us here.
const waiting = setInterval(() => undefined, 2 ** 30);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => {
    clearInterval(waiting);
    void kafka.stop();
  });
}
