import { describe, expect, it } from '@jest/globals';
import { moveEvent, priceAt, seatsAt, SECONDS_BETWEEN_MOVES, shows } from './moving-plans.js';

describe('the moves that the freshness benchmark waits for', () => {
  it('are far enough apart for their order to be known', () => {
    expect(SECONDS_BETWEEN_MOVES).toBeGreaterThan(2);
    const stamps = [0, 1, 2].map((move) => Number(Reflect.get(JSON.parse(moveEvent(7, move, 1_000)), 'created')));
    expect(stamps).toEqual([1_000, 1_004, 1_008]);
  });

  it('change the answer each time', () => {
    for (const move of [0, 1, 2, 3]) {
      expect(seatsAt(move)).not.toBe(seatsAt(move + 1));
      expect(moveEvent(7, move, 1_000)).toContain(`"${priceAt(move)}"`);
      expect(moveEvent(7, move, 1_000)).not.toContain(`"${priceAt(move + 1)}"`);
    }
  });

  it('are seen in what came after them, and not in what was before', () => {
    expect(shows(seatsAt(4), 4)).toBe(true);
    expect(shows(seatsAt(6), 4)).toBe(true);
    expect(shows(seatsAt(3), 4)).toBe(false);
    expect(shows(null, 4)).toBe(false);
  });
});
