/** What Acme sells: a free plan, and a paid one with fourteen days to try it. Seven days of grace when a payment fails. */
export const CATALOG = {
  products: [
    {
      key: 'acme',
      name: 'Acme',
      freePlan: 'free',
      plans: [
        { key: 'free', name: 'Free', pricingType: 'free', prices: [], features: { seats: { value: 1, core: true }, export: false } },
        {
          key: 'pro',
          name: 'Pro',
          pricingType: 'paid',
          trialDays: 14,
          prices: [{ amount: 4900, currency: 'usd', interval: 'month' }],
          features: { seats: { value: 10, core: true }, export: true, support: 'chat' },
          accessPolicy: { pastDue: { graceDays: 7, then: 'core' }, unpaid: { coreDays: 30 }, trialEnd: { graceDays: 7 } },
        },
      ],
    },
  ],
};

/** The name that the plan has at Stripe: `<PRODUCT> <PLAN-NAME> Plan`. */
export const PLAN_AT_STRIPE = 'Acme Pro Plan';
export const TRIAL_DAYS = 14;
export const GRACE_DAYS = 7;
