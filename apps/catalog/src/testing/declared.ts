/** A product as a file declares it: a free plan and a paid one. */
export function aProduct(key: string, changes: object = {}, proChanges: object = {}): object {
  return {
    key,
    name: key.charAt(0).toUpperCase() + key.slice(1),
    freePlan: 'free',
    plans: [
      { key: 'free', name: 'Free', pricingType: 'free', features: { seats: { value: 1, core: true } } },
      {
        key: 'pro',
        name: 'Pro',
        pricingType: 'paid',
        prices: [{ amount: 4900, currency: 'usd', interval: 'month' }],
        features: { export: true, seats: { value: 10, core: true }, support: 'chat' },
        trialDays: 14,
        ...proChanges,
      },
    ],
    ...changes,
  };
}
