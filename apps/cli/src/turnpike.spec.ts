import { describe, expect, it } from '@jest/globals';
import { OutsideOfTest } from './testing/outside-of-test.js';

describe('turnpike', () => {
  it('says in its help what can be asked, of whom, and how it ends', async () => {
    const outside = new OutsideOfTest();
    expect(await outside.run('--help')).toBe(0);
    expect(outside.written).toMatch(/Usage: turnpike \[options\] \[command\]/);
    for (const word of ['dead-letters', 'events', '--json', '--data <folder>', '--url <url>', 'WRITER_URLS', '130 stopped by Ctrl-C'])
      expect(outside.written).toContain(word);
    expect(outside.told).toBe('');
  });

  it('names the nearest command for a misspelled one, and ends as asked wrongly', async () => {
    const outside = new OutsideOfTest();
    expect(await outside.run('dead-leters')).toBe(2);
    expect(outside.told).toContain('Did you mean dead-letters?');
    expect(outside.written).toBe('');
  });

  it('shows what there is where the command is not complete', async () => {
    const outside = new OutsideOfTest();
    expect(await outside.run('dead-letters')).toBe(2);
    expect(outside.told).toContain('list [options]');
  });
});
