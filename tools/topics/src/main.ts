/** `npm run topics -- --brokers host:port`: makes the topics that are missing on a Kafka, as their contracts say. */
import { parseArgs } from 'node:util';
import { TOPICS } from '@turnpike/contracts-events';
import { ensureTopics } from '@turnpike/messaging';
import { brokersIn } from './brokers.js';

const USAGE = `Makes the topics that are missing on a Kafka, with the partitions and the retention that their contracts ask for. Topics that exist stay
as they are.

  npm run topics -- --brokers <host:port,…>   or KAFKA_BROKERS in the environment
`;

try {
  const { values } = parseArgs({ options: { brokers: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const brokers = brokersIn(values.brokers ?? process.env['KAFKA_BROKERS'] ?? '');
  await ensureTopics({ brokers }).catch((error: unknown) => {
    throw new Error(`${brokers.join(', ')}: ${error instanceof Error ? error.message : String(error)}`);
  });
  process.stdout.write(`${TOPICS.map(({ name }) => name).join('\n')}\nAll of them are on ${brokers.join(', ')}.\n`);
} catch (error) {
  const isUsage = error instanceof TypeError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${USAGE}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
