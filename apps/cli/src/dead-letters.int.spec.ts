import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BuryingService, SERVICE_TOKEN } from './testing/burying-service.js';
import { OutsideOfTest } from './testing/outside-of-test.js';

interface Listed {
  readonly data: ReadonlyArray<{ messageId: string; key: string; service: string }>;
  readonly has_more: boolean;
}

let service: BuryingService;
beforeAll(async () => void (service = await BuryingService.start()));
beforeEach(() => service.empty());
afterAll(() => service?.stop());

/** Runs a command as somebody on the machine of `npm start` would. */
async function turnpike(...words: string[]): Promise<{ exit: number; outside: OutsideOfTest }> {
  const outside = new OutsideOfTest();
  return { exit: await outside.run('--data', service.folder, ...words), outside };
}
async function listed(...words: string[]): Promise<Listed> {
  const { outside } = await turnpike('dead-letters', 'list', '--service', 'payments', '--json', ...words);
  return outside.json as Listed;
}

describe('turnpike dead-letters', () => {
  it('lists what was really buried, with its id and its cause, and nothing of what stands in it', async () => {
    await service.bury(['ada', 'ben']);
    const { exit, outside } = await turnpike('dead-letters', 'list', '--service', 'payments');
    expect(exit).toBe(0);
    expect(outside.written).toMatch(
      /payments {2}buried {2}writer\.counted\.changed\.v1 {2}acme\/test\/ada\n {4}[0-9a-f-]{36} {2}refused_by_test after one try/,
    );
    expect(outside.written).toMatch(/2 dead letters \(payments 2\)\.\n$/);
    expect(outside.written).not.toContain('poison');
    expect(outside.told).toBe('');
    expect((await listed('--limit', '1')).has_more).toBe(true);
    expect((await listed('--code', 'bug')).data).toEqual([]);
    expect((await listed('--since', '1h')).data).toHaveLength(2);
  });

  it('shows one, and what stands in it only when asked', async () => {
    await service.bury(['ada']);
    const id = (await listed()).data[0]?.messageId ?? '';
    // In a container, where the service's own settings say where it is.
    const inContainer = new OutsideOfTest();
    inContainer.environment = { WRITER_URLS: `payments=${service.url}`, SERVICE_TOKEN };
    expect(await inContainer.run('dead-letters', 'show', id)).toBe(0);
    expect(inContainer.written).toContain('refused_by_test: Refused: ada.');
    expect(inContainer.written).not.toContain('poison');
    inContainer.written = '';
    expect(await inContainer.run('dead-letters', 'show', id, '--body')).toBe(0);
    expect(inContainer.written).toContain('"poison": "domain"');

    inContainer.told = '';
    expect(await inContainer.run('dead-letters', 'show', '01990000-0000-7000-8000-000000000000')).toBe(1);
    expect(inContainer.told).toMatch(/it never had, or it was replayed or dropped/);
  });

  it('replays once the cause is mended: the effect is there, the letter gone', async () => {
    await service.bury(['ada', 'ben', 'cleo']);
    const dry = await turnpike('dead-letters', 'replay', '--service', 'payments', '--dry-run', '--json');
    expect(dry).toMatchObject({
      exit: 0,
      outside: { json: { dryRun: true, selected: 3, services: [{ service: 'payments', selected: 3 }] } },
    });

    const early = await turnpike('dead-letters', 'replay', '--service', 'payments');
    expect(early.exit).toBe(1);
    expect(early.outside.written).toMatch(/failed again {2}payments .*refused_by_test[\s\S]*0 took effect, 3 failed again and stay\.\n$/);
    expect(early.outside.told).toMatch(/Mend the cause/);

    service.mend();
    const ids = (await listed()).data.filter(({ key }) => !key.endsWith('/ben')).map(({ messageId }) => messageId);
    expect(await turnpike('dead-letters', 'replay', '--service', 'payments', ...ids)).toMatchObject({
      exit: 0,
      outside: { written: '2 took effect, 0 failed again and stay.\n' },
    });
    expect(await service.effects()).toEqual(['ada', 'cleo']);
    expect(await turnpike('dead-letters', 'replay', '--service', 'payments', '--json')).toMatchObject({
      exit: 0,
      outside: { json: { dryRun: false, selected: 1, replayed: 1, failed: [], waiting: 0, isInterrupted: false } },
    });
    expect(await service.letters()).toBe(0);
  });

  it('shows a person how far it is, stops between two parts, and goes on with the rest', async () => {
    await service.bury(['ada', 'ben']);
    await service.multiply(150);
    service.mend();
    const person = new OutsideOfTest();
    person.isTerminal = true;
    person.whenTold = (text) => text.includes('100 of 300') && person.interrupt();
    expect(await person.run('--data', service.folder, 'dead-letters', 'replay', '--service', 'payments')).toBe(130);
    expect(person.told).toMatch(/Stopped: 100 of 300 dead letters tried\. The same command goes on with the rest\./);
    expect(await service.letters()).toBe(200);
    const again = await turnpike('dead-letters', 'replay', '--service', 'payments');
    expect(again).toMatchObject({ exit: 0, outside: { told: '' } });
    expect(await service.letters()).toBe(0);
  });

  it('drops only what is meant and confirmed', async () => {
    await service.bury(['ada', 'ben']);
    await service.multiply(400);
    expect((await turnpike('dead-letters', 'drop')).exit).toBe(2);
    const script = await turnpike('dead-letters', 'drop', '--service', 'payments');
    expect(script.exit).toBe(2);
    expect(script.outside.told).toMatch(/would drop 800 dead letters \(payments 800\) for ever\. Say --yes/);

    const person = new OutsideOfTest();
    person.isTerminal = true;
    person.answers.push('no');
    expect(await person.run('--data', service.folder, 'dead-letters', 'drop', '--service', 'payments')).toBe(1);
    expect(person.asked).toEqual(['Drop 800 dead letters (payments 800) for ever? Type yes: ']);
    expect(await service.letters()).toBe(800);

    const one = (await listed()).data[0]?.messageId ?? '';
    person.answers.push('yes');
    expect(await person.run('--data', service.folder, 'dead-letters', 'drop', '--service', 'payments', one)).toBe(0);
    expect(await turnpike('dead-letters', 'drop', '--service', 'payments', '--yes', '--json')).toMatchObject({
      exit: 0,
      outside: { json: { dryRun: false, selected: 799, dropped: 799, isInterrupted: false } },
    });
    expect(await service.letters()).toBe(0);
    service.mend();
    expect(await service.effects()).toEqual([]);
  });

  it('says what to do when it cannot ask, and never the token', async () => {
    const cases: ReadonlyArray<readonly [number, RegExp, Record<string, string>, readonly string[]]> = [
      [
        3,
        /does not take this service token/,
        { SERVICE_TOKEN: 'not-that-one' },
        ['--url', service.url, 'dead-letters', 'list', '--service', 'payments'],
      ],
      [3, /cannot be reached at http:\/\/127\.0\.0\.1:9/, { SERVICE_TOKEN }, ['--url', 'http://127.0.0.1:9', 'dead-letters', 'list']],
      [2, /needs the service token of that Turnpike in SERVICE_TOKEN/, {}, ['--url', service.url, 'dead-letters', 'list']],
      [
        2,
        /WRITER_URLS does not say where customers is/,
        { WRITER_URLS: `payments=${service.url}`, SERVICE_TOKEN },
        ['dead-letters', 'list', '--service', 'customers'],
      ],
      [3, /There is no service customers/, { SERVICE_TOKEN }, ['--url', service.url, 'dead-letters', 'list', '--service', 'customers']],
      [3, /No Turnpike runs on .*npm start/, {}, ['dead-letters', 'list']],
      [2, /is invalid\. A time looks like 2h/, {}, ['dead-letters', 'list', '--since', 'yesterday']],
    ];
    for (const [exit, sentence, environment, words] of cases) {
      const outside = new OutsideOfTest();
      outside.environment = environment;
      expect(await outside.run(...words)).toBe(exit);
      expect(outside.told).toMatch(sentence);
      expect(outside.told + outside.written).not.toContain(SERVICE_TOKEN);
      expect(outside.written).toBe('');
    }
  });
});
