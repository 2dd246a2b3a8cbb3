/** Draws numbers in [0, 1). */
export type Chance = () => number;

/** The same draws for the same seed (a 32-bit mixing generator), so that every history can be lived again. */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
  };
}

/** @param most not drawn itself */
export function between(chance: Chance, least: number, most: number): number {
  return least + chance() * (most - least);
}

export function oneOf<T>(chance: Chance, first: T, ...others: readonly T[]): T {
  return [first, ...others][Math.floor(chance() * (others.length + 1))] ?? first;
}
