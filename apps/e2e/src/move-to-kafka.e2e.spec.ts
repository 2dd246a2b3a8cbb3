import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asPrinted, blocksOf } from './guide.js';
import { type Start, Trial } from './npm-start.js';

describe('the guide "Moving to Kafka"', () => {
  let trial: Trial;
  beforeAll(async () => void (trial = await Trial.begin()));
  afterAll(() => trial.end());

  const deliver = async (start: Start, customers: readonly string[]) => {
    for (const customer of customers) expect(await trial.deliver(start.url ?? '', customer)).toBe(200);
    return trial.settled(start, customers);
  };

  it('can be followed from its first command to its last, and every customer is there once', async () => {
    const blocks = blocksOf('move-to-kafka.md');
    let start = await trial.start();
    const before = ['cus_before1', 'cus_before2', 'cus_before3'];
    const versions = await deliver(start, before);

    const refused = await trial.run('turnpike', ['move-to-kafka', '--dry-run']);
    expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/Stop it first/) });
    await start.controlC();

    let printed = '';
    const done = { commands: 0, output: 0, file: 0 };
    for (const block of blocks) {
      done[block.kind] += 1;
      if (block.kind === 'output') expect(printed).toMatch(asPrinted(block.text));
      if (block.kind !== 'commands') continue;
      const [, script = '', words = ''] = /^npm (?:run )?(\S+) -- (.*)$/m.exec(block.text.trim()) ?? [];
      if (script === 'start') {
        start = await trial.start(words.split(' '));
        continue;
      }
      const { code, output } = await trial.run(script, words.split(' '));
      expect({ words, code, output }).toMatchObject({ code: 0 });
      printed = output;
    }
    expect(done).toEqual({ commands: 3, output: 2, file: 0 });
    await start.until(() => start.hasEnded || start.url !== null, 120_000);
    const after = ['cus_after1', 'cus_after2'];
    const found = await deliver(start, after);
    expect([...found.keys()].sort()).toEqual([...before, ...after].sort());
    for (const customer of before) expect(found.get(customer)).toBe(versions.get(customer)); // nothing took effect twice
    const epochs = await trial.sql<{ epoch: string }>('customers', 'select epoch from life');
    expect(epochs).toEqual([{ epoch: '1' }]);
    await start.controlC();
  }, 400_000);
});
