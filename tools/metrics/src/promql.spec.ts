import { describe, expect, it } from '@jest/globals';
import { evaluate, readScrape } from './evaluate.js';
import { metricsNamed, parsePromql } from './promql.js';

const EARLIER = readScrape('# HELP x_total X.\nx_total{a="1"} 2\nx_total{a="2"} 5\nup{job="turnpike"} 1\n', 1_000);
const NOW = readScrape('x_total{a="1"} 12\nx_total{a="2"} 5\nx_total{a="3"} 9\nup{job="turnpike"} 1\n', 1_060);
const values = (text: string) => evaluate(parsePromql(text), [EARLIER, NOW]).map(({ labels, value }) => [labels, value]);

describe('the parser of PromQL', () => {
  it('finds every metric of an expression', () => {
    const text = 'sum by (a) (rate(x_total{a!~"1|2"}[5m])) / on (a) group_left () max(y) > 0.5 unless absent(z == 1)';
    expect(metricsNamed(parsePromql(text))).toEqual(['x_total', 'y', 'z']);
  });

  it.each([
    ['sum(x_total', 'it ends too early'],
    ['sum by a (x_total)', '"(" was expected'],
    ['rate(x_total)', 'wants a range'],
    ['rate(x_total[5])', 'is no duration'],
    ['x_total{a=1}', 'is no text'],
    ['x_total > ', 'it ends too early'],
    ['raet(x_total[5m])', 'no function raet'],
    ['x_total) > 1', 'is left over'],
    ['x_total & 1', 'is no PromQL'],
  ])('refuses %s', (text, because) => {
    expect(() => parsePromql(text)).toThrow(because);
  });
});

describe('what an expression says of scrapes', () => {
  it('is what is there now', () => {
    expect(values('x_total{a=~"1|2"}')).toEqual([
      [{ a: '1' }, 12],
      [{ a: '2' }, 5],
    ]);
    expect(values('x_total > 10')).toEqual([[{ a: '1' }, 12]]);
  });

  it('is what grew, of series that were there before', () => {
    expect(values('increase(x_total[5m]) > 0')).toEqual([[{ a: '1' }, 10]]);
    expect(values('increase(x_total[30s])')).toEqual([]);
    expect(values('sum(rate(x_total[5m])) * 6')).toEqual([[{}, 1]]);
  });

  it('is the quantile of a histogram', () => {
    const [before, after] = [0, 10].map((count) =>
      readScrape(`y_bucket{le="1"} ${count}\ny_bucket{le="2"} ${count * 2}\ny_bucket{le="+Inf"} ${count * 2}\n`, 1_000 + count),
    );
    const slow = parsePromql('histogram_quantile(0.75, sum by (le) (rate(y_bucket[5m])))');
    expect(evaluate(slow, [before!, after!])).toEqual([{ labels: {}, value: 1.5 }]);
  });

  it('joins by labels', () => {
    expect(values('max by (a) (x_total) > 0 unless on (a) increase(x_total[5m]) > 0')).toEqual([
      [{ a: '2' }, 5],
      [{ a: '3' }, 9],
    ]);
    expect(values('absent(up{job="turnpike"} == 1)')).toEqual([]);
    expect(values('absent(up{job="other"} == 1)')).toEqual([[{}, 1]]);
    expect(values('count(count by (a) (x_total == 5)) < 2')).toEqual([[{}, 1]]);
  });
});
