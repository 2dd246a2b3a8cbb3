import { describe, expect, it } from '@jest/globals';
import { CatalogApplyRequest } from '@turnpike/contracts-http';
import { catalogChanges, faultsOf, type KnownPlan, type KnownProduct } from './catalog-changes.rules.js';
import { differencesOf, fromDeclaredTerms, inOneSpelling } from './plan-terms.rules.js';
import { aProduct } from './testing/declared.js';

const declared = (...products: object[]) => CatalogApplyRequest.parse({ products });
const planOf = (request: CatalogApplyRequest, key: string) => {
  const plan = request.products[0]?.plans.find((one) => one.key === key);
  if (!plan) throw new Error(key);
  return plan;
};

function known(request: CatalogApplyRequest): KnownProduct[] {
  return request.products.map(({ key, name, freePlan, plans }) => ({
    ...{ id: `pr_${key}`, key, name, freePlanKey: freePlan ?? null },
    plans: plans.map((plan): KnownPlan => {
      const current = { number: 3, terms: fromDeclaredTerms(plan) };
      return { id: `pl_${plan.key}`, key: plan.key, name: plan.name, pricingType: plan.pricingType, current, newestNumber: 4 };
    }),
  }));
}

const changesOf = (before: object, after: object) => catalogChanges(declared(after), known(declared(before)));

describe('a declared plan', () => {
  it('has the policy that is usual where it says none', () => {
    expect(fromDeclaredTerms(planOf(declared(aProduct('acme')), 'pro')).accessPolicy).toEqual({
      pastDue: { graceDays: 7, then: 'core' },
      unpaid: { coreDays: 30 },
      trialEnd: { graceDays: 7 },
    });
  });

  it('says the same in whatever order it says it', () => {
    const pro = planOf(declared(aProduct('acme')), 'pro');
    const other = { ...pro, features: { support: 'chat', seats: { value: 10, core: true }, export: { value: true, core: false } } };
    expect(differencesOf(fromDeclaredTerms(pro), fromDeclaredTerms(other))).toEqual([]);
    const { accessPolicy: policy, ...rest } = fromDeclaredTerms(pro);
    const turned = { trialEnd: policy.trialEnd, unpaid: policy.unpaid, pastDue: { then: policy.pastDue.then, graceDays: 7 } };
    expect(differencesOf(fromDeclaredTerms(pro), inOneSpelling({ ...rest, accessPolicy: turned }))).toEqual([]);
  });
});

describe('what a file changes', () => {
  it('is nothing when it says what is so already', () => {
    const [product] = changesOf(aProduct('acme'), aProduct('acme'));
    expect(product).toMatchObject({
      differences: [],
      plans: [
        { differences: [], isNewVersion: false },
        { differences: [], isNewVersion: false },
      ],
    });
  });

  it.each([
    ['a price', { prices: [{ amount: 5900, currency: 'usd', interval: 'month' }] }, ['prices']],
    ['a feature', { features: { export: true } }, ['features']],
    ['what is core', { features: { export: true, seats: 10, support: 'chat' } }, ['features']],
    ['the policy', { accessPolicy: { pastDue: { graceDays: 3 } } }, ['accessPolicy']],
    ['the trial', { trialDays: null }, ['trialDays']],
  ])('is a new version when %s differs', (_what, changes, differences) => {
    const pro = changesOf(aProduct('acme'), aProduct('acme', {}, changes))[0]?.plans[1];
    expect(pro).toMatchObject({ differences, isNewVersion: true, isRenamed: false });
  });

  it('is a new name and no new version when a plan is called otherwise', () => {
    const pro = changesOf(aProduct('acme'), aProduct('acme', {}, { name: 'Professional' }))[0]?.plans[1];
    expect(pro).toMatchObject({ differences: ['name'], isNewVersion: false, isRenamed: true });
  });

  it('is everything of what nobody knew', () => {
    const [product] = catalogChanges(declared(aProduct('acme')), []);
    expect(product).toMatchObject({
      known: null,
      plans: [
        { known: null, isNewVersion: true },
        { known: null, isNewVersion: true },
      ],
    });
  });

  it('is never the kind of a plan: the place in the file is named', () => {
    const free = { prices: [], pricingType: 'custom' };
    expect(faultsOf(changesOf(aProduct('acme'), aProduct('acme', {}, free)))).toEqual([
      expect.objectContaining({ pointer: '/products/0/plans/1/pricingType', code: 'pricing_type_is_fixed' }),
    ]);
  });
});

describe('a file', () => {
  const faultsIn = (...products: object[]) =>
    CatalogApplyRequest.safeParse({ products }).error?.issues.map(({ path }) => `/${path.join('/')}`) ?? [];

  it.each([
    ['a paid plan without a price', aProduct('acme', {}, { prices: [] }), '/products/0/plans/1/prices'],
    ['two prices for the same interval', aProduct('acme', {}, { prices: [price(1), price(2)] }), '/products/0/plans/1/prices/1'],
    ['a fraction of a cent', aProduct('acme', {}, { prices: [price(0.5)] }), '/products/0/plans/1/prices/0/amount'],
    ['a free plan that is none', aProduct('acme', { freePlan: 'pro' }), '/products/0/freePlan'],
    ['a word that nobody knows', aProduct('acme', {}, { graceDays: 3 }), '/products/0/plans/1'],
  ])('with %s is refused at its place', (_what, product, pointer) => {
    expect(faultsIn(product)).toEqual([pointer]);
  });

  it('with two products of one key is refused', () => {
    expect(faultsIn(aProduct('acme'), aProduct('acme'))).toEqual(['/products/1/key']);
  });
});

function price(amount: number) {
  return { amount, currency: 'usd', interval: 'month' };
}
