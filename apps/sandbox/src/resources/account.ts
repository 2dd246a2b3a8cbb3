import { type Resource, route, shown } from '../route.js';
import type { State, StripeObject } from '../state.js';
import { StripeError } from '../stripe-error.js';

/** The account itself: what a key opens. Its name, country and currency are the account's settings. */
export interface Account extends StripeObject {
  readonly object: 'account';
  readonly created: number;
}
declare module '../state.js' {
  interface Kinds {
    account: Account;
  }
}

export function openedAccount(id: string, now: number): Account {
  const nothingDue = {
    alternatives: [],
    current_deadline: null,
    currently_due: [],
    disabled_reason: null,
    errors: [],
    eventually_due: [],
    past_due: [],
    pending_verification: [],
  };
  return {
    id,
    object: 'account',
    business_type: 'company',
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    controller: { type: 'account' },
    created: now,
    details_submitted: true,
    email: null,
    external_accounts: { object: 'list', data: [], has_more: false, url: `/v1/accounts/${id}/external_accounts` },
    future_requirements: nothingDue,
    metadata: {},
    payouts_enabled: true,
    requirements: nothingDue,
    tos_acceptance: { date: now },
    type: 'standard',
  };
}

function accountOf(state: State): StripeObject {
  const { businessName, country, defaultCurrency } = state.settings;
  const account = state.find('account', state.account) ?? openedAccount(state.account, 0);
  return {
    ...account,
    business_profile: {
      annual_revenue: null,
      estimated_worker_count: null,
      mcc: null,
      minority_owned_business_designation: null,
      name: businessName,
      product_description: null,
      support_address: null,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    },
    country,
    default_currency: defaultCurrency,
    settings: {
      branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
      card_payments: { decline_on: { avs_failure: false, cvc_failure: false }, statement_descriptor_prefix: null },
      dashboard: { display_name: businessName, timezone: 'Etc/UTC' },
      payments: { statement_descriptor: null, statement_descriptor_kana: null, statement_descriptor_kanji: null },
      payouts: { debit_negative_balances: true, schedule: { delay_days: 2, interval: 'daily' }, statement_descriptor: null },
    },
  };
}

/** H11: an account that is not there, or not this key's. */
export const accountInvalid = (maskedKey: string, account: string): StripeError =>
  new StripeError({
    status: 403,
    type: 'invalid_request_error',
    code: 'account_invalid',
    message: `The provided key '${maskedKey}' does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
  });

export const account: Resource = {
  kind: 'account',
  routes: [
    route({
      method: 'GET',
      path: '/v1/account',
      permission: 'accounts_kyc_basic',
      parameters: {},
      run: (state) => shown(state, accountOf(state)),
    }),
    route({
      method: 'GET',
      path: '/v1/accounts/:id',
      permission: 'accounts_kyc_basic',
      parameters: {},
      run(state, { path, maskedKey }) {
        if (path.id !== state.account) throw accountInvalid(maskedKey, path.id ?? '');
        return shown(state, accountOf(state));
      },
    }),
  ],
};
