import { z } from 'zod';

/** The caller's own word for a product or a plan: `pro`. */
export const CatalogKey = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'begins with a letter and goes on in a-z, 0-9, _ and -, up to 63 characters');

/** What it is called, at Stripe too: there a name has at most 250 characters, and ours is one part of it. */
export const CatalogName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((text) => !text.includes('\u0000'), 'U+0000 cannot be kept');

export const PricingType = z.enum(['free', 'paid', 'custom']);
export type PricingType = z.output<typeof PricingType>;

/** Minor units of an ISO 4217 currency in lower case, each so many intervals. */
export const PriceTerms = z.strictObject({
  amount: z.int().nonnegative().max(99_999_999),
  currency: z.string().regex(/^[a-z]{3}$/, 'is three letters in lower case: usd'),
  interval: z.enum(['day', 'week', 'month', 'year']),
  intervalCount: z.int().min(1).max(1095).default(1),
});
export type PriceTerms = z.output<typeof PriceTerms>;

const FeatureValue = z.union([z.boolean(), z.int().nonnegative(), z.string().min(1).max(200)]);

/** What a plan grants, by the word that product code asks by. With `core: true` it stays where access is reduced to the core. */
export const FeatureTerms = z.record(
  z.string().regex(/^[a-z][a-z0-9_.-]{0,62}$/, 'begins with a letter and goes on in a-z, 0-9, _, . and -'),
  z.union([FeatureValue, z.strictObject({ value: FeatureValue, core: z.boolean().default(false) })]),
);
export type FeatureTerms = z.output<typeof FeatureTerms>;

const Days = z.int().nonnegative().max(3650);

/** What becomes of access when money does not come. Days are of 24 hours, by the customer's clock. */
export const AccessPolicyTerms = z.strictObject({
  pastDue: z.strictObject({ graceDays: Days.default(7), then: z.enum(['full', 'core', 'none']).default('core') }).prefault({}),
  unpaid: z.strictObject({ coreDays: Days.default(30) }).prefault({}),
  trialEnd: z.strictObject({ graceDays: Days.default(7) }).prefault({}),
});
export type AccessPolicyTerms = z.output<typeof AccessPolicyTerms>;

/** All that a subscriber of one version of a plan is promised. */
export const planTerms = {
  prices: z.array(PriceTerms).max(20).default([]),
  features: FeatureTerms.default({}),
  accessPolicy: AccessPolicyTerms.prefault({}),
  /** Of a first subscription. */
  trialDays: z.int().min(1).max(730).nullable().default(null),
};

/** Adds an issue for each price that does not fit its plan. */
export function checkPrices(
  pricingType: PricingType,
  prices: readonly PriceTerms[],
  issue: (path: (string | number)[], message: string) => void,
): void {
  if (pricingType === 'paid' && prices.length === 0) issue(['prices'], 'a paid plan has at least one price');
  if (pricingType !== 'paid' && prices.length > 0) issue(['prices'], `a ${pricingType} plan has no prices`);
  const seen = new Set<string>();
  for (const [index, { currency, interval, intervalCount }] of prices.entries()) {
    const what = `${currency} every ${intervalCount} ${interval}`;
    if (seen.has(what)) issue(['prices', index], `is the second price for ${what}`);
    seen.add(what);
  }
}
