/** `npm test`: everything, or with `--kind` the tests of some kinds. It brings up the servers that it needs by itself. */
import { kafkaIsPossible } from '@turnpike/local-kafka';
import { rmSync } from 'node:fs';
import { readArguments, USAGE } from './arguments.js';
import { conclude } from './conclude.js';
import { REPORTS } from './folders.js';
import { stagesOf } from './parts.js';
import { runStage } from './run-part.js';
import type { Outcome } from './verdict.rules.js';

/** Why no Kafka can be started here, or null. Under CI a missing Kafka is no excuse: its tests run, and fail. */
async function withoutKafka(): Promise<string | null> {
  if (process.env.CI === 'true' || process.env.KAFKA_BROKERS || process.env.TEST_KAFKA_BROKERS) return null;
  return (await kafkaIsPossible()).missing;
}

const wish = readArguments(process.argv.slice(2));
if (typeof wish === 'string') {
  console.error(`${wish}\n\n${USAGE}`);
  process.exit(2);
}
const wanted = stagesOf(wish.kinds);
const missing = wanted.flat().some((part) => part.kind === 'kafka' || part.kind === 'e2e') ? await withoutKafka() : null;

rmSync(REPORTS, { recursive: true, force: true });
const outcomes: Outcome[] = [];
for (const stage of wanted) {
  if (missing !== null && stage.some(({ kind }) => kind === 'kafka')) continue;
  outcomes.push(...(await runStage(stage)));
}
if (conclude(outcomes, { withoutKafka: missing }).failed > 0) process.exitCode = 1;
