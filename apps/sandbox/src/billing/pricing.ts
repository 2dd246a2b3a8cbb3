import type { Price, Tier } from '../resources/price.js';
import type { State } from '../state.js';

/** What a quantity of a price costs, in whole minor units. A price inside a subscription shows no tiers: they are looked up. */
export function amountOf(state: State, price: Price, quantity: number): number {
  const whole = state.find('price', price.id) ?? price;
  const units = packed(whole, quantity);
  if (whole.tiers !== undefined) return whole.tiers_mode === 'volume' ? byVolume(whole.tiers, units) : graduated(whole.tiers, units);
  return whole.unit_amount === null ? Math.round(Number(whole.unit_amount_decimal ?? 0) * units) : whole.unit_amount * units;
}

/** All units at the rate of the tier that the quantity falls into (J10). */
function byVolume(tiers: readonly Tier[], units: number): number {
  const tier = tiers.find(({ up_to }) => up_to === null || units <= up_to);
  return tier === undefined ? 0 : Math.round(rateOf(tier) * units + flatOf(tier));
}

/** Each unit at the rate of the tier it falls into (J10). */
function graduated(tiers: readonly Tier[], units: number): number {
  let sum = 0;
  let below = 0;
  for (const tier of tiers) {
    if (units <= below && below > 0) break;
    const upTo = tier.up_to ?? Infinity;
    sum += rateOf(tier) * (Math.min(units, upTo) - below) + flatOf(tier);
    below = upTo;
  }
  return Math.round(sum);
}

const rateOf = (tier: Tier): number => Number(tier.unit_amount_decimal ?? 0);
const flatOf = (tier: Tier): number => Number(tier.flat_amount_decimal ?? 0);

/** `transform_quantity` sells in packs: 101 of 100 each are two, or one when it rounds down. */
function packed({ transform_quantity: transform }: Price, quantity: number): number {
  if (transform === null) return quantity;
  const packs = quantity / transform.divide_by;
  return transform.round === 'up' ? Math.ceil(packs) : Math.floor(packs);
}
