import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';
import { stagesOf } from './parts.js';

const names = (...kinds: Parameters<typeof stagesOf>) => stagesOf(...kinds).map((stage) => stage.map((part) => part.name));

describe('the arguments of npm test', () => {
  it('mean everything when there are none', () => {
    expect(readArguments([])).toEqual({ kinds: null });
    expect(names(null)).toEqual([
      ['types', 'lint', 'format', 'docs/flow.md', 'schemas'],
      ['unit tests'],
      ['PostgreSQL tests'],
      ['Kafka tests'],
      ['e2e tests'],
    ]);
  });

  it('choose kinds of test, in the order in which they run', () => {
    expect(readArguments(['--kind', 'postgres,unit'])).toEqual({ kinds: ['unit', 'postgres'] });
    expect(readArguments(['--kind=e2e', '--kind=kafka'])).toEqual({ kinds: ['kafka', 'e2e'] });
    expect(names(['unit', 'e2e'])).toEqual([['unit tests'], ['e2e tests']]);
  });

  it('are refused with a sentence when they are not known', () => {
    expect(readArguments(['--kind', 'unit,slow'])).toBe('There is no kind of test called "slow".');
    expect(readArguments(['--fast'])).toContain('--fast');
    expect(readArguments(['unit'])).toContain('unit');
  });
});
