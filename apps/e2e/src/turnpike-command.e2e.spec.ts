import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { runToEnd, Trial, type Start } from './npm-start.js';

interface Listed {
  readonly data: ReadonlyArray<{ service: string; messageId: string; topic: string; code: string; attempts: number }>;
}

/** A poison message in a Turnpike that runs, and somebody who looks after it from another terminal. */
describe('the turnpike command beside a running npm start', () => {
  let trial: Trial;
  let start: Start;
  beforeAll(async () => {
    trial = await Trial.begin();
    start = await trial.start();
  });
  afterAll(() => trial?.end());

  const turnpike = (...words: string[]) => trial.run('turnpike', words);
  const letters = async (): Promise<Listed['data']> =>
    (JSON.parse((await turnpike('dead-letters', 'list', '--json')).output) as Listed).data;
  const told = async () =>
    (
      await trial.sql<{ count: number }>(
        'gateway',
        `select count(*)::int as count from outbox where topic = 'gateway.stripe-event.received.v1'`,
      )
    )[0]?.count;

  it('lists, shows and, once the cause is gone, replays what a service had to bury', async () => {
    // What a migration or a bug might do: entitlements can keep no customer that has no external id.
    await trial.sql('entitlements', `alter table known_customer add constraint poison check (external_id is not null)`);
    expect(await trial.deliver(start.url ?? '', 'cus_poison')).toBe(200);
    await until('the message is buried', async () => (await letters()).length === 1, 60_000);
    const [letter] = await letters();
    expect(letter).toMatchObject({ service: 'entitlements', topic: 'customers.customer.changed.v1', code: '23514', attempts: 3 });
    const id = letter?.messageId ?? '';

    const shown = await turnpike('dead-letters', 'show', id, '--body');
    expect(shown).toMatchObject({ code: 0, output: expect.stringContaining('"stripeId": "cus_poison"') });
    expect(shown.output).not.toContain('cus_poison@example.com');
    expect(shown.output).not.toContain(token());

    const early = await turnpike('dead-letters', 'replay');
    expect(early).toMatchObject({
      code: 1,
      output: expect.stringMatching(/failed again {2}entitlements .*\n0 took effect, 1 failed again and stay\./),
    });

    await trial.sql('entitlements', `alter table known_customer drop constraint poison`);
    expect(await turnpike('dead-letters', 'replay', '--dry-run')).toEqual({
      code: 0,
      output: 'Would replay 1 dead letter (entitlements 1).\n',
    });
    expect(await turnpike('dead-letters', 'replay', id)).toEqual({ code: 0, output: '1 took effect, 0 failed again and stay.\n' });
    expect(await trial.sql('entitlements', 'select 1 from known_customer')).toHaveLength(1);
    expect(await letters()).toEqual([]);
  }, 180_000);

  it('announces a stored event again, also when it is asked by its address', async () => {
    expect(await trial.deliver(start.url ?? '', 'cus_again')).toBe(200);
    const before = (await told()) ?? 0;
    expect(await turnpike('events', 'replay', '--type', 'customer.*', '--since', '1h', '--dry-run')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^Would announce [1-9]\d* events? again\.\n$/),
    });
    expect(await told()).toBe(before);
    const words = [
      'run',
      '--silent',
      'turnpike',
      '--',
      '--url',
      start.url ?? '',
      'events',
      'replay',
      '--connection',
      'conn_sandbox',
      '--json',
    ];
    const answer = await runToEnd('npm', words, { SERVICE_TOKEN: token() });
    expect({ ...answer, json: JSON.parse(answer.output) as object }).toMatchObject({
      code: 0,
      json: { announced: before, isInterrupted: false },
    });
    expect(await told()).toBe(2 * before);
  }, 120_000);

  const token = () => (JSON.parse(readFileSync(join(trial.folder, 'secrets.json'), 'utf8')) as { serviceToken: string }).serviceToken;
});
