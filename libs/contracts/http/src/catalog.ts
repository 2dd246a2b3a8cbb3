import { z } from 'zod';
import { Id } from './fields.js';
import { CatalogKey, CatalogName, checkPrices, planTerms, PricingType } from './plan-terms.js';

const CatalogPlan = z.strictObject({ key: CatalogKey, name: CatalogName, pricingType: PricingType, ...planTerms });

const CatalogProduct = z.strictObject({
  key: CatalogKey,
  name: CatalogName,
  /** The key of the plan that everybody has who has no other. */
  freePlan: CatalogKey.optional(),
  plans: z.array(CatalogPlan).min(1).max(100),
});

/** `PUT /v1/catalog`: what is sold, declared. What it does not name stays as it is. */
export const CatalogApplyRequest = z
  .strictObject({ products: z.array(CatalogProduct).min(1).max(50) })
  .superRefine(({ products }, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    for (const at of repeated(products)) issue(['products', at, 'key'], 'is used by an earlier product');
    for (const [at, { freePlan, plans }] of products.entries()) {
      for (const twice of repeated(plans)) issue(['products', at, 'plans', twice, 'key'], 'is used by an earlier plan of this product');
      if (freePlan !== undefined && !plans.some(({ key, pricingType }) => key === freePlan && pricingType === 'free'))
        issue(['products', at, 'freePlan'], 'is no free plan of this product');
      for (const [position, { pricingType, prices }] of plans.entries())
        checkPrices(pricingType, prices, (path, message) => issue(['products', at, 'plans', position, ...path], message));
    }
  })
  .meta({ id: 'CatalogApplyRequest' });
export type CatalogApplyRequest = z.output<typeof CatalogApplyRequest>;

/** The query of `PUT /v1/catalog`: with `dry_run=true` it says what it would do, and does nothing. */
export const CatalogApplyModeRequest = z
  .object({ dry_run: z.enum(['true', 'false']).default('false') })
  .meta({ id: 'CatalogApplyModeRequest' });
export type CatalogApplyModeRequest = z.output<typeof CatalogApplyModeRequest>;

/** What became of each product and plan that was declared. */
export const CatalogApplyResponse = z
  .looseObject({
    isDryRun: z.boolean(),
    /** False: everything was so already. */
    isChanged: z.boolean(),
    products: z.array(
      z.looseObject({
        key: z.string(),
        /** Null in a dry run, for what does not exist yet. */
        id: Id.nullable(),
        change: z.enum(['created', 'changed', 'unchanged']),
        /** What of the product itself differs: `name`, `freePlan`. */
        differences: z.array(z.string()),
        plans: z.array(
          z.looseObject({
            key: z.string(),
            id: Id.nullable(),
            change: z.enum(['created', 'changed', 'unchanged']),
            /** What differs: `name`, `prices`, `features`, `accessPolicy`, `trialDays`. All but the name make a new version. */
            differences: z.array(z.string()),
            /** The version that new subscribers get, afterwards. */
            versionNumber: z.int().positive(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'CatalogApplyResponse' });
export type CatalogApplyResponse = z.output<typeof CatalogApplyResponse>;

/** The positions of what repeats an earlier key. */
function repeated(items: readonly { readonly key: string }[]): number[] {
  return items.flatMap(({ key }, at) => (items.findIndex((one) => one.key === key) < at ? [at] : []));
}
