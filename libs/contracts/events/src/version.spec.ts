import { describe, expect, it } from '@jest/globals';
import { compareVersions, isNewer } from './version.js';

describe('a version', () => {
  it('of a later life of the database wins, however small its count', () => {
    expect(isNewer({ epoch: 2, n: 1 }, { epoch: 1, n: 900 })).toBe(true);
    expect(isNewer({ epoch: 1, n: 900 }, { epoch: 2, n: 1 })).toBe(false);
  });

  it('of the same life wins by its count', () => {
    expect(isNewer({ epoch: 1, n: 8 }, { epoch: 1, n: 7 })).toBe(true);
    expect(isNewer({ epoch: 1, n: 6 }, { epoch: 1, n: 7 })).toBe(false);
  });

  it('brings nothing when it is told again', () => {
    expect(isNewer({ epoch: 1, n: 7 }, { epoch: 1, n: 7 })).toBe(false);
  });

  it('is news when nothing is known', () => {
    expect(isNewer({ epoch: 0, n: 0 }, null)).toBe(true);
  });

  it('sorts oldest first', () => {
    const versions = [
      { epoch: 1_795_251_600_000, n: 1 },
      { epoch: 1, n: 10 },
      { epoch: 1, n: 9 },
    ];

    expect(versions.sort(compareVersions).map((version) => `${version.epoch}.${version.n}`)).toEqual(['1.9', '1.10', '1795251600000.1']);
  });
});
