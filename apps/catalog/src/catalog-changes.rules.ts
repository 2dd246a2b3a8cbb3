import type { CatalogApplyRequest } from '@turnpike/contracts-http';
import { differencesOf, fromDeclaredTerms, type PlanTerms } from './plan-terms.rules.js';

type DeclaredProduct = CatalogApplyRequest['products'][number];
type DeclaredPlan = DeclaredProduct['plans'][number];

export interface KnownPlan {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly pricingType: 'free' | 'paid' | 'custom';
  /** Of the version that new subscribers get; null where none is published. */
  readonly current: { readonly number: number; readonly terms: PlanTerms } | null;
  /** Of its newest version; 0 where it has none. */
  readonly newestNumber: number;
}

export interface KnownProduct {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly freePlanKey: string | null;
  readonly plans: readonly KnownPlan[];
}

export interface PlanChange {
  readonly declared: DeclaredPlan;
  readonly terms: PlanTerms;
  readonly known: KnownPlan | null;
  readonly isRenamed: boolean;
  readonly isNewVersion: boolean;
  /** Of what differs; everything that is new differs. */
  readonly differences: readonly string[];
}

export interface ProductChange {
  readonly declared: DeclaredProduct;
  readonly known: KnownProduct | null;
  readonly differences: readonly string[];
  readonly plans: readonly PlanChange[];
}

/** Something declared that cannot be, and where it stands. */
export interface DeclaredFault {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** What a declared catalog changes of the known one. What it does not name stays as it is. */
export function catalogChanges({ products }: CatalogApplyRequest, known: readonly KnownProduct[]): ProductChange[] {
  return products.map((declared) => {
    const product = known.find(({ key }) => key === declared.key) ?? null;
    const freePlan = declared.freePlan ?? null;
    const differences = product
      ? [...(product.name === declared.name ? [] : ['name']), ...(product.freePlanKey === freePlan ? [] : ['freePlan'])]
      : ['name', ...(freePlan === null ? [] : ['freePlan'])];
    const plans = declared.plans.map((plan) => planChange(plan, product?.plans.find(({ key }) => key === plan.key) ?? null));
    return { declared, known: product, differences, plans };
  });
}

/** What cannot be done of it, at its JSON pointers: a plan keeps its kind for ever. */
export function faultsOf(changes: readonly ProductChange[]): DeclaredFault[] {
  return changes.flatMap(({ plans }, at) =>
    plans.flatMap(({ declared, known }, position) =>
      known === null || known.pricingType === declared.pricingType
        ? []
        : {
            pointer: `/products/${at}/plans/${position}/pricingType`,
            code: 'pricing_type_is_fixed',
            message: `is "${known.pricingType}" since the plan was made; another kind needs a plan with another key`,
          },
    ),
  );
}

function planChange(declared: DeclaredPlan, known: KnownPlan | null): PlanChange {
  const terms = fromDeclaredTerms(declared);
  const isRenamed = known !== null && known.name !== declared.name;
  const inTerms = known?.current ? differencesOf(known.current.terms, terms) : ['prices', 'features', 'accessPolicy', 'trialDays'];
  return {
    declared,
    terms,
    known,
    isRenamed,
    isNewVersion: inTerms.length > 0,
    differences: [...(known === null || isRenamed ? ['name'] : []), ...inTerms],
  };
}
