import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@turnpike/testing';
import { asPrinted, blocksOf } from './guide.js';
import { CHECKOUT, runToEnd, Trial } from './npm-start.js';

describe('the guide "Your first integration"', () => {
  let trial: Trial;
  let folder: string;
  beforeAll(async () => {
    trial = await Trial.begin();
    folder = await mkdtemp(join(tmpdir(), 'acme-'));
    // `npm install stripe`, without the network.
    await mkdir(join(folder, 'node_modules'));
    await symlink(join(CHECKOUT, 'node_modules', 'stripe'), join(folder, 'node_modules', 'stripe'));
  });
  afterAll(async () => {
    await trial.end();
    await rm(folder, { recursive: true, force: true });
  });

  it('can be followed from its first command to its last, and prints what it says', async () => {
    const [first, ...blocks] = blocksOf('first-integration.md');
    expect(first).toMatchObject({ kind: 'commands', text: 'npm ci\nnpm start -- --quiet\n' });
    const start = await trial.start();

    const here = (text: string) =>
      text
        .replaceAll('<the API key>', trial.apiKey)
        .replaceAll('http://127.0.0.1:8080', start.url ?? '')
        .replaceAll('http://127.0.0.1:8081', start.sandboxUrl ?? '')
        .replaceAll(/^npm install stripe$/gm, '');
    const run = (commands: string) => runToEnd('bash', ['-ec', `cd ${folder}\n${settings}\n${commands}`]);
    let settings = '';
    let last = { commands: '', output: '' };
    const done = { file: 0, commands: 0, output: 0 };
    for (const block of blocks) {
      done[block.kind] += 1;
      if (block.kind === 'file') await writeFile(join(folder, block.name), block.text);
      if (block.kind === 'commands') {
        const commands = here(block.text);
        const { code, output } = await run(commands);
        expect({ commands, output, code }).toMatchObject({ code: 0 });
        settings += [...commands.matchAll(/^export .*$/gm)].map(([line]) => `${line}\n`).join('');
        last = { commands, output };
      }
      if (block.kind === 'output') {
        // Whoever asks a moment too early asks again; what changes something is not done twice.
        const asksOnly = !/ -d | -X |^(?!curl)/.test(last.commands.trim());
        if (asksOnly && !asPrinted(block.text).test(last.output))
          await until('what the guide says', async () => asPrinted(block.text).test((last.output = (await run(last.commands)).output)));
        expect(last.output).toMatch(asPrinted(block.text));
      }
    }
    expect(done).toEqual({ file: 5, commands: 8, output: 6 });
    await start.controlC();
  }, 180_000);
});
