import { describe, expect, it } from '@jest/globals';
import { type Measured, type Report, toJsonLine, toTable } from './report.js';
import { spreadOf } from './statistics.js';

const measured = (...rates: number[]): Measured => ({ figure: spreadOf(rates), cpuMs: spreadOf([0.25]), p50: spreadOf([11]), p99: null });

const report: Report = {
  bench: 'ingest',
  unit: 'events/s',
  machine: '2 cores',
  cases: [
    { case: 'stored customer', ours: measured(2_999.96, 3_000, 3_100), theirs: measured(500, 600, 700), limit: measured(4_000) },
    { case: 'lonely', ours: measured(10), theirs: null, limit: null },
    { case: 'late', unit: 'ms', ours: measured(3.14159), theirs: measured(2.5), limit: null },
  ],
  notes: ['theirs: a peer'],
};

describe('the report of a benchmark', () => {
  it('ends in one line for machines, with null where there is nobody to compare with', () => {
    expect(toJsonLine(report)).toBe(
      '{"bench":"ingest","cases":[' +
        '{"case":"stored customer","ours":3000,"theirs":600,"limit":4000,"ratio":5,"ofLimit":0.75,"unit":"events/s"},' +
        '{"case":"lonely","ours":10,"theirs":null,"limit":null,"ratio":null,"ofLimit":null,"unit":"events/s"},' +
        '{"case":"late","ours":3.142,"theirs":2.5,"limit":null,"ratio":1.26,"ofLimit":null,"unit":"ms"}' +
        '],"machine":"2 cores"}',
    );
  });

  it('shows people the medians, the ranges and what each item cost', () => {
    const table = toTable(report);
    expect(table).toContain('3000 [3000 to 3100]');
    expect(table).toContain('600 [500 to 700]');
    expect(table).toContain('5.0x');
    expect(table).toContain('75 %');
    expect(table).toMatch(/stored customer +theirs +0\.250 \[0\.250 to 0\.250\] +11\.0 \[11\.0 to 11\.0\] +-/);
    expect(table).toContain('theirs: a peer');
  });

  it('says so where two ranges overlap', () => {
    const [first] = report.cases;
    const close = { ...report, cases: [{ case: 'close', ours: measured(5, 9), theirs: measured(6, 7), limit: first?.limit ?? null }] };
    expect(toTable(close)).toContain('ranges overlap');
  });
});
