import { describe, expect, it } from '@jest/globals';
import { type FaultCase, isKept, toFaultLine, toFaultTable } from './fault-report.js';

const lost: FaultCase = { case: 'r2 lost', unit: 'events', ours: 0, theirs: 12, promised: { atMost: 0 } };
const ratio: FaultCase = { case: 'r3 answered 2xx', unit: 'share', ours: 0.998, theirs: 0.4, promised: { atLeast: 1 } };
const never: FaultCase = { case: 'r4 resumed', unit: 'ms', ours: null, theirs: null, promised: { atMost: 2_000 } };
const told: FaultCase = { case: 'r2 kills', unit: 'kills', ours: 300, theirs: 60, promised: null };

describe('the report of the faults', () => {
  it('says which promises were kept; what never came to pass breaks its promise, and what is only told breaks none', () => {
    expect([lost, ratio, never, told].map(isKept)).toEqual([true, false, false, true]);
  });

  it('ends in one line for machines, as those of the other benchmarks, with the promise as the limit', () => {
    expect(JSON.parse(toFaultLine({ machine: '2 cores', cases: [lost, ratio, never, told], notes: [] }))).toEqual({
      bench: 'faults',
      cases: [
        { case: 'r2 lost', ours: 0, theirs: 12, limit: 0, ratio: 0, ofLimit: null, unit: 'events', kept: true },
        { case: 'r3 answered 2xx', ours: 0.998, theirs: 0.4, limit: 1, ratio: 2.495, ofLimit: 0.998, unit: 'share', kept: false },
        { case: 'r4 resumed', ours: null, theirs: null, limit: 2_000, ratio: null, ofLimit: null, unit: 'ms', kept: false },
        { case: 'r2 kills', ours: 300, theirs: 60, limit: null, ratio: 5, ofLimit: null, unit: 'kills', kept: null },
      ],
      machine: '2 cores',
    });
  });

  it('shows people what was promised, and what was broken', () => {
    const table = toFaultTable({ machine: '2 cores', cases: [lost, ratio, never], notes: ['r2: a note'] });
    expect(table).toMatch(/r2 lost +events +0 +at most 0 +kept +12/);
    expect(table).toMatch(/r3 answered 2xx +share +0\.998 +at least 1 +BROKEN +0\.4/);
    expect(table).toMatch(/r4 resumed +ms +never +at most 2000 +BROKEN +-/);
    expect(table).toContain('r2: a note');
  });
});
