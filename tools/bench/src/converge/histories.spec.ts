import { describe, expect, it } from '@jest/globals';
import { FAMILIES, type History, historyOf } from './histories.js';

const MAKING = { seed: 1, latestMs: 43_000 };
const histories = Array.from({ length: 4_000 }, (_, number) => historyOf(number, MAKING));
const steps = histories.flatMap((history) => history.steps);
const ofFamily = (name: string): History[] => histories.filter(({ family }) => family.name === name);

describe('the histories of the model', () => {
  it('are the same whenever they are made, and others from another seed', () => {
    expect(historyOf(17, MAKING)).toEqual(histories[17]);
    expect(historyOf(17, { ...MAKING, seed: 2 })).not.toEqual(histories[17]);
  });

  it('have one to eight changes', () => {
    expect(new Set(histories.map((history) => history.steps.length))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
  });

  it('have half of their changes within the second of the one before, but for the sparse ones', () => {
    for (const name of ['bursts', 'rough', 'rough bursts']) {
      const gaps = ofFamily(name).flatMap((history) => history.steps.slice(1).map(({ gapMs }) => gapMs));
      const near = gaps.filter((gap) => gap < 1_000).length / gaps.length;
      expect({ name, isHalf: near > 0.45 && near < 0.55 }).toEqual({ name, isHalf: true });
    }
    expect(Math.min(...ofFamily('sparse').flatMap((history) => history.steps.map(({ gapMs }) => gapMs)))).toBeGreaterThanOrEqual(60_000);
  });

  it('are told one to six times, or not at all, or later than what came after', () => {
    expect(new Set(steps.map(({ delivery }) => delivery.delaysMs.length))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    const rough = ofFamily('rough').flatMap((history) => history.steps);
    const dropped = rough.filter(({ delivery }) => delivery.delaysMs.length === 0).length / rough.length;
    expect(dropped).toBeGreaterThan(0.005);
    expect(dropped).toBeLessThan(0.015);
    expect(Math.max(...steps.flatMap(({ delivery }) => delivery.delaysMs))).toBeGreaterThan(40_000);
  });

  it('are all there is of each family', () => {
    expect(FAMILIES.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    for (const { name, share } of FAMILIES) expect(Math.abs(ofFamily(name).length / histories.length - share)).toBeLessThan(0.03);
  });
});
