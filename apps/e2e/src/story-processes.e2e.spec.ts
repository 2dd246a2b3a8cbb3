import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kafkaIsPossible } from '@turnpike/local-kafka';
import { serviceProcessesOf } from './launched-processes.js';
import { Trial, type Start } from './npm-start.js';
import { expectMails, expectNumberedStates, expectWholeStory, STEPS, stepsIn, tellFigures } from './story-told.js';

const { missing } = await kafkaIsPossible();
/** The same that setup says of all tests on Kafka: without Java they do not run, and CI has none of that. */
const onKafka = missing === null || process.env['CI'] === 'true' ? describe : describe.skip;

/** A killed member's partitions are handed on after this; the default of 30 s would be the better part of these tests. */
const QUICK = { KAFKA_SESSION_TIMEOUT_MS: '6000' };
const KILLS = 8;
/** Room for several kills of what one step hangs on. */
const PATIENCE_SECONDS = 120;
const STORY_MS = 420_000;

onKafka('the story over Kafka', () => {
  let trial: Trial;
  beforeEach(async () => void (trial = await Trial.begin()));
  afterEach(() => trial.end());

  it('is seen whole with every service a process of its own, and customers and entitlements twice', async () => {
    const start = await trial.startAsTold(['--processes', '--replicas', 'customers=2,entitlements=2', '--story']);
    const names = (await serviceProcessesOf(start)).map(({ name }) => name);
    await start.until(() => start.hasEnded, STORY_MS);
    expectWholeStory(start.output);
    expect(start.code).toBe(0);
    expect(names.filter((name) => name === 'customers' || name === 'entitlements')).toHaveLength(4);
    tellFigures('as processes over Kafka, customers and entitlements twice', start.output);
  }, 500_000);

  it('is seen whole while services are killed at random, and nothing of it is doubled', async () => {
    const start = await trial.startAsTold(['--processes', '--story', '--patience', String(PATIENCE_SECONDS)], QUICK);
    const killed = await killAtRandom(start);
    await start.until(() => start.hasEnded, STORY_MS);
    process.stdout.write(`killed while the story was played: ${killed.join(', ')}\n`);
    expectWholeStory(start.output);
    expect(start.code).toBe(0);
    expect(killed.length).toBeGreaterThanOrEqual(KILLS);
    tellFigures('under random kills', start.output);

    const next = await trial.start();
    await expectMails(trial, next, 'ada', 'whole');
    await expectNumberedStates(trial);
    await next.controlC();
  }, 600_000);
});

/** As each step begins, two services at once, whichever they are. @returns who, in which step */
async function killAtRandom(start: Start): Promise<string[]> {
  await start.until(() => start.output.includes('The story of Ada') || start.hasEnded, 60_000);
  const killed: string[] = [];
  const seen = () => stepsIn(start.output).length;
  const isOver = () => start.hasEnded || start.output.includes('  ✗  ') || seen() === STEPS.length;
  while (!isOver()) {
    const step = seen();
    const isSeen = () => seen() > step || isOver();
    await delay(randomInt(150));
    killed.push(...(await killTwo(start)).map((name) => `${name} (${step + 1})`));
    await start.until(isSeen, STORY_MS);
  }
  return killed;
}

async function killTwo(start: Start): Promise<string[]> {
  const services = await serviceProcessesOf(start);
  const victims = Array.from({ length: 2 }, () => services.splice(randomInt(Math.max(1, services.length)), 1)).flat();
  for (const { pid } of victims) process.kill(pid, 'SIGKILL');
  return victims.map(({ name }) => name);
}
