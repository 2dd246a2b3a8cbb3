import { describe, expect, it } from '@jest/globals';
import { readArguments as read } from './arguments.js';

const readArguments = (words: readonly string[]) => read(words, ['gateway', 'customers', 'entitlements']);

describe('the command line', () => {
  it('asks for one process on its own folder and port when it is empty', () => {
    expect(readArguments([])).toEqual({
      do: 'start',
      port: null,
      folder: null,
      processes: false,
      replicas: new Map(),
      reset: false,
      story: 'first time',
      patienceSeconds: null,
      log: null,
    });
  });

  it('takes everything at once', () => {
    const words = [
      '--processes',
      '--port',
      '9000',
      '--data=/tmp/x',
      '--reset',
      '--replicas',
      'customers=2,gateway=3',
      '--patience=90',
      '--log',
      'warn',
    ];
    expect(readArguments(words)).toEqual({
      do: 'start',
      port: 9000,
      folder: '/tmp/x',
      processes: true,
      replicas: new Map([
        ['customers', 2],
        ['gateway', 3],
      ]),
      reset: true,
      story: 'first time',
      patienceSeconds: 90,
      log: 'warn',
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
    [['--log', 'loud'], '--log takes debug, info, warn, error, silent, not "loud".'],
    [['--processes', '--replicas', 'custmers=2'], /names "custmers".* there are gateway, customers, entitlements/],
    [['--processes', '--replicas', 'customers'], /not "customers"/],
    [['--processes', '--replicas', 'customers=0'], /<1 to 9>.* not "customers=0"/],
    [['--processes', '--replicas', 'customers=2=2'], /not "customers=2=2"/],
    [['--replicas', 'customers=2'], /--replicas needs --processes/],
    [['--patience', 'long'], /--patience .* not "long"/],
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
