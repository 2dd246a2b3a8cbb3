import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';

describe('npm run bench', () => {
  it('runs a benchmark by its name', () => {
    expect(readArguments(['ingest'])).toEqual({ ask: 'run', bench: 'ingest', json: false, short: false });
    expect(readArguments(['--short', 'consume', '--json'])).toEqual({ ask: 'run', bench: 'consume', json: true, short: true });
  });

  it('breaks what it is told to', () => {
    expect(readArguments(['faults'])).toEqual({ ask: 'break', only: [], json: false, short: false });
    expect(readArguments(['faults', 'r2', 'crashes', '--short'])).toEqual({
      ask: 'break',
      only: ['r2', 'crashes'],
      json: false,
      short: true,
    });
  });

  it('lists them', () => {
    expect(readArguments(['--list'])).toEqual({ ask: 'list' });
  });

  it('says what it does not understand', () => {
    expect(readArguments([])).toEqual({ ask: 'usage', because: 'Which one?' });
    expect(readArguments(['ingets'])).toEqual({ ask: 'usage', because: 'There is no benchmark "ingets".' });
    expect(readArguments(['ingest', 'consume'])).toMatchObject({ ask: 'usage' });
    expect(readArguments(['ingest', '--fast'])).toMatchObject({ ask: 'usage' });
  });
});
