import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runToEnd, Trial, type Start } from './npm-start.js';
import {
  accessOf,
  ask,
  expectMails,
  expectNumberedStates,
  expectStoryOfReadme,
  expectWholeStory,
  STEPS,
  stepsIn,
  tellFigures,
} from './story-told.js';

const STORY_MS = 120_000;

describe('the story in one process', () => {
  let trial: Trial;
  beforeEach(async () => void (trial = await Trial.begin()));
  afterEach(() => trial.end());

  it('is played at the first start, which stays up: the lines it prints can be pasted; a second start plays nothing and goes on with the data', async () => {
    const first = await trial.startAsTold();
    await first.until(() => /Every step was seen| {2}✗/.test(first.output), STORY_MS);
    expectWholeStory(first.output);
    tellFigures('at a first start', first.output);
    const lines = [...first.output.matchAll(/^ +(curl .*)$/gm)].map(([, line = '']) => line);
    expect(lines).toHaveLength(3);
    const answers = await Promise.all(lines.map(async (line) => JSON.parse((await runToEnd('sh', ['-c', `${line} -s`])).output) as object));
    expect(answers).toMatchObject([
      { object: 'list', data: [{ externalId: 'ada' }] },
      { externalId: 'ada', level: 'full', reason: 'active' },
      { externalId: 'ada', feature: 'export', hasAccess: true },
    ]);
    expect((await fetch(`${first.url}/mailbox`)).status).toBe(200);
    await expectMails(trial, first, 'ada', 'whole');
    await expectNumberedStates(trial);
    await first.controlC();

    const second = await trial.startAsTold();
    expect(await accessOf(trial, second, 'ada')).toMatchObject({ access: 'full (active)' });
    await expectMails(trial, second, 'ada', 'whole');
    await second.controlC();
    expect(second.output).not.toMatch(/story of Ada|tk_sandbox_/);
  }, 300_000);

  it('is played and ends with --story, also where it was played before, with a customer of its own', async () => {
    for (const customer of ['ada', 'ada-2']) {
      const start = await trial.startAsTold(['--story']);
      await start.until(() => start.hasEnded, STORY_MS);
      expectWholeStory(start.output);
      expectStoryOfReadme(start.output);
      expect(start.output).not.toContain('"level":');
      const log = readFileSync(join(trial.folder, 'turnpike.log'), 'utf8');
      expect(log).toContain('"event":"webhook.stored"');
      // Everything there ever was stands on the logs of a new installation: nobody asks for anything again.
      expect(log).not.toMatch(/"event":"(road\.gap\.|road\.reader\.new|announce-all\.)/);
      expect(start.output).toMatch(new RegExp(`/v1/entitlements/${customer}$`, 'm'));
      expect(start.code).toBe(0);
      tellFigures(`with --story, of ${customer}`, start.output);
    }
  }, 300_000);

  it('goes on after kill -9 in the middle of it, twice: nothing is lost or doubled of the lives that were broken off, and the next one is whole', async () => {
    const first = await killAfterStep(3, await trial.startAsTold(['--story']));
    const second = await killAfterStep(6, await trial.startAsTold(['--story']));
    const whole = await trial.startAsTold(['--story']);
    await whole.until(() => whole.hasEnded, STORY_MS);
    expectWholeStory(whole.output);
    expect(whole.code).toBe(0);

    const start = await trial.start();
    const customers = await ask<{ data: Array<{ externalId: string }> }>(trial, start, '/v1/customers?limit=100');
    expect(customers.data.map(({ externalId }) => externalId).toSorted()).toEqual(['ada', 'ada-2', 'ada-3']);
    // Between two steps there are two right answers, and no third: Stripe had done the next one when the kill came, or had not.
    expect(aroundStep(first)).toContain((await accessOf(trial, start, 'ada')).access);
    expect(aroundStep(second)).toContain((await accessOf(trial, start, 'ada-2')).access);
    expect(await accessOf(trial, start, 'ada-3')).toMatchObject({ access: 'full (active)' });
    await expectMails(trial, start, 'ada', 'so far');
    await expectMails(trial, start, 'ada-2', 'so far');
    await expectMails(trial, start, 'ada-3', 'whole');
    await expectNumberedStates(trial);
    await start.controlC();
  }, 400_000);
});

/**
 * Somewhere soon after the sight of this step.
 * @returns the number of the last step that was seen: on a fast machine later ones may have been
 */
async function killAfterStep(step: number, start: Start): Promise<number> {
  await start.until(() => stepsIn(start.output).length >= step || start.hasEnded, STORY_MS);
  await delay(randomInt(300));
  await start.kill();
  return stepsIn(start.output).length;
}

/** Access after this step, and after the one that follows it. */
function aroundStep(step: number): string[] {
  return STEPS.slice(step - 1, step + 1).map(([, access]) => access);
}
