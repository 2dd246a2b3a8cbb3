import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';

describe('the command line', () => {
  it('asks for one process on its own folder and port when it is empty', () => {
    expect(readArguments([])).toEqual({ do: 'start', port: null, folder: null, processes: false, reset: false, story: 'first time' });
  });

  it('takes everything at once', () => {
    expect(readArguments(['--processes', '--port', '9000', '--data=/tmp/x', '--reset'])).toEqual({
      do: 'start',
      port: 9000,
      folder: '/tmp/x',
      processes: true,
      reset: true,
      story: 'first time',
      story: 'first time',
    });
  });

  it('prefers help to anything else', () => {
    expect(readArguments(['--reset', '--help'])).toEqual({ do: 'help' });
  });

  it.each([
    [['--prot', '80'], "Unknown option '--prot'."],
    [['--port', '70000'], '--port takes a number from 0 to 65535, not "70000".'],
    [['--port', '-1'], /--port/],
    [['--port', 'http'], /not "http"/],
    [['--data', ''], '--data takes a folder.'],
    [['now'], /Unexpected argument 'now'/],
  ])('is refused when it says %j', (words, because) => {
    expect(readArguments(words)).toEqual({ do: 'wrong', because: typeof because === 'string' ? because : expect.stringMatching(because) });
  });
});

describe('the story on the command line', () => {
  it('is played and ends with --story, and is left out with --quiet', () => {
    expect(readArguments(['--story'])).toMatchObject({ story: 'play' });
    expect(readArguments(['--quiet'])).toMatchObject({ story: 'skip' });
    expect(readArguments(['--quiet', '--story'])).toMatchObject({ do: 'wrong' });
  });
});
