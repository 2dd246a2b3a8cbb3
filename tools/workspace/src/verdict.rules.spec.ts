import { describe, expect, it } from '@jest/globals';
import type { Count } from './counts.js';
import type { Kind } from './parts.js';
import { verdictOn, type Finding, type Minimum } from './verdict.rules.js';

const minimum: Minimum = { unit: 10, postgres: 5, kafka: 3, e2e: 4, e2eWithoutKafka: 2 };

function counts(passed: Partial<Record<Kind, number>>, more: Partial<Count> = {}): ReadonlyMap<Kind, Count> {
  const kinds: readonly Kind[] = ['unit', 'postgres', 'kafka', 'e2e'];
  return new Map(
    kinds
      .filter((kind) => kind in passed)
      .map((kind) => [kind, { passed: passed[kind] ?? 0, failed: 0, skipped: 0, overRecordings: 0, ...more }]),
  );
}

function aFinding(over: Partial<Finding> = {}): Finding {
  return {
    outcomes: [],
    counts: counts({ unit: 10, postgres: 5, kafka: 3, e2e: 4 }),
    silentProjects: [],
    minimum,
    withoutKafka: null,
    ...over,
  };
}

describe('the verdict on a run', () => {
  it('ends in plain totals and in counts per kind', () => {
    const verdict = verdictOn(aFinding());
    expect(verdict.totals).toBe('22 passed, 0 failed');
    expect(verdict.perKind).toBe('unit 10, PostgreSQL 5, Kafka 3, e2e 4');
  });

  it('names skipped tests only where something was skipped', () => {
    expect(verdictOn(aFinding({ counts: counts({ unit: 10 }, { skipped: 2 }) })).totals).toBe('10 passed, 0 failed, 2 skipped');
  });

  it('fails when a kind has fewer tests than the minimum', () => {
    const verdict = verdictOn(aFinding({ counts: counts({ unit: 9 }) }));
    expect(verdict.faults).toEqual(['unit tests: 9 passed, and tools/test-report/minimum.json asks for 10']);
    expect(verdict.totals).toBe('9 passed, 1 failed');
  });

  it('asks nothing of the kinds that were not wanted', () => {
    expect(verdictOn(aFinding({ counts: counts({ postgres: 5 }) })).faults).toEqual([]);
  });

  it('waives the Kafka tests, and of the e2e tests those on Kafka, where no Kafka can be started', () => {
    const withoutKafka = 'Java 17 or newer was not found.';
    const verdict = verdictOn(aFinding({ counts: counts({ unit: 10, postgres: 5, e2e: 2 }), withoutKafka }));
    expect(verdict.faults).toEqual([]);
    expect(verdict.perKind).toBe('unit 10, PostgreSQL 5, e2e 2, without Kafka');
    expect(verdictOn(aFinding({ counts: counts({ e2e: 1 }), withoutKafka })).faults).toHaveLength(1);
  });

  it('does not waive them where Kafka was there', () => {
    expect(verdictOn(aFinding({ counts: counts({ kafka: 0, e2e: 2 }) })).faults).toHaveLength(2);
  });

  it('never counts tests over recordings towards a minimum', () => {
    const verdict = verdictOn(aFinding({ counts: counts({ unit: 9 }, { overRecordings: 50 }) }));
    expect(verdict.faults).toHaveLength(1);
    expect(verdict.perKind).toBe('unit 9, and 50 over recordings, which do not count');
  });

  it('counts a failed command without a failed test as one failure', () => {
    const outcomes = [{ name: 'lint', kind: null, isGreen: false, seconds: 1 }];
    expect(verdictOn(aFinding({ outcomes })).totals).toBe('22 passed, 1 failed');
  });

  it('counts a failed test once, not again for the command that ran it', () => {
    const outcomes = [{ name: 'unit tests', kind: 'unit' as const, isGreen: false, seconds: 1 }];
    expect(verdictOn(aFinding({ outcomes, counts: counts({ unit: 10 }, { failed: 2 }) })).totals).toBe('10 passed, 2 failed');
  });

  it('counts servers that did not start as a failure', () => {
    const outcomes = [{ name: 'Kafka tests', kind: 'kafka' as const, isGreen: false, seconds: 1 }];
    expect(verdictOn(aFinding({ outcomes })).faults).toEqual(['Kafka tests: failed']);
  });

  it('fails for a project in which nothing ran', () => {
    expect(verdictOn(aFinding({ silentProjects: ['ledger'] })).faults).toEqual(['ledger: no test ran']);
  });
});
