/**
 * Brings up what one kind of test needs and tells the tests by TEST_DATABASE_URL and TEST_KAFKA_BROKERS. A server that those
 * (or KAFKA_BROKERS) already name is used as it is. The servers themselves belong to keeper.mjs.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { hand } from './hand.mjs';

export default async function setup() {
  const kind = process.env.TEST_KIND ?? 'unit';
  const wantsKafka = kind === 'kafka' || kind === 'e2e';
  const wantsPostgres = kind === 'postgres' || wantsKafka;
  if (wantsKafka && process.env.KAFKA_BROKERS) process.env.TEST_KAFKA_BROKERS = process.env.KAFKA_BROKERS;

  const needs = [
    ...(wantsPostgres && !process.env.TEST_DATABASE_URL ? ['postgres'] : []),
    ...(wantsKafka && !process.env.TEST_KAFKA_BROKERS ? ['kafka'] : []),
  ];
  if (needs.length === 0) return;

  const keeper = fork(join(import.meta.dirname, 'keeper.mjs'), [kind, ...needs], {
    detached: true,
    execArgv: ['--conditions=@turnpike/source'],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  hand.keeper = keeper;

  const { env, failure, missing } = await firstAnswer(keeper);
  if (failure !== undefined) {
    await hand.letGo();
    throw new Error(`The servers for ${kind} tests did not start. ${failure}`);
  }
  if (missing !== undefined) {
    const loud = `KAFKA TESTS DO NOT RUN (${kind}): ${missing}`;
    if (process.env.CI === 'true') {
      await hand.letGo();
      throw new Error(loud);
    }
    console.error(`\n${loud}\n`);
  }
  Object.assign(process.env, env);
  keeper.unref();
  keeper.channel?.unref();
}

/** The keeper's answer, with what it found missing on the way. */
function firstAnswer(keeper) {
  return new Promise((resolve) => {
    let missing;
    keeper.on('message', (message) => {
      if (message.missing !== undefined) missing = message.missing;
      else resolve({ ...message, missing });
    });
    keeper.once('exit', (status, signal) => resolve({ failure: `Their keeper ended early (${signal ?? status}).` }));
  });
}
