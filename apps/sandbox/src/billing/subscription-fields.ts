import {
  anything,
  boolean,
  clearable,
  either,
  type Field,
  type Fields,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  type ReadOf,
  required,
  text,
  timestamp,
} from '../parameters.js';
import { priceData } from '../resources/price.js';

/** The parameters of subscriptions and their items. */

const inlinePrice = () => hash({ ...priceData, product: required(text()) });

export const itemFields = {
  price: text(),
  /** What prices were called before: the same ids. */
  plan: text(),
  price_data: inlinePrice(),
  quantity: integer({ min: 0 }),
  metadata: metadata(),
  billing_thresholds: anything(),
  discounts: anything(),
  tax_rates: anything(),
} satisfies Fields;

export const changedItemFields = { ...itemFields, id: text(), deleted: boolean(), clear_usage: boolean() } satisfies Fields;

export const cancellationDetails = () =>
  hash({
    comment: clearable(text()),
    feedback: clearable(
      oneOf('customer_service', 'low_quality', 'missing_features', 'other', 'switched_service', 'too_complex', 'too_expensive', 'unused'),
    ),
    feedback_option: text(),
  });

const prorationBehavior = () => oneOf('always_invoice', 'create_prorations', 'none');
const nowOr = <T>(field: Field<T>): Field<'now' | T> => either(oneOf('now'), field);

/** `now` or `unchanged`: a word until 2026-09-30.endive, since then the `type` of a hash. Either is understood, whatever the version. */
const anchorChange = (): Field<'now' | 'unchanged'> => {
  const word = oneOf('now', 'unchanged');
  const wordOrHash = either(word, hash({ type: required(word) }));
  return {
    read(raw, param) {
      const read = wordOrHash.read(raw, param);
      return typeof read === 'string' ? read : read.type;
    },
  };
};

const shared = {
  cancel_at_period_end: boolean(),
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  days_until_due: integer({ min: 0 }),
  default_payment_method: text(),
  default_source: text(),
  description: clearable(text({ max: 500 })),
  metadata: metadata(),
  off_session: boolean(),
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete'),
  payment_settings: hash({
    payment_method_options: anything(),
    payment_method_types: anything(),
    save_default_payment_method: oneOf('off', 'on_subscription'),
  }),
  proration_behavior: prorationBehavior(),
  trial_end: nowOr(timestamp()),
  trial_from_plan: boolean(),
  trial_settings: hash({
    end_behavior: required(
      hash({ billing_cycle_anchor: oneOf('now', 'unchanged'), missing_payment_method: oneOf('cancel', 'create_invoice', 'pause') }),
    ),
  }),
  // Taken and not acted on: taxes, thresholds and discounts are not part of the sandbox yet.
  application_fee_percent: anything(),
  automatic_tax: anything(),
  billing_thresholds: anything(),
  default_tax_rates: anything(),
  discounts: anything(),
  invoice_settings: anything(),
  on_behalf_of: anything(),
  pending_invoice_item_interval: anything(),
  transfer_data: anything(),
} satisfies Fields;

export const createFields = {
  ...shared,
  billing_cycle_anchor: timestamp(),
  billing_mode: hash({ type: required(oneOf('classic', 'flexible')), flexible: anything() }),
  cancel_at: timestamp(),
  currency: text({ max: 3 }),
  customer: required(text()),
  items: required(list(hash(itemFields))),
  trial_period_days: integer({ min: 0, max: 730 }),
} satisfies Fields;

export const updateFields = {
  ...shared,
  billing_cycle_anchor: anchorChange(),
  cancel_at: clearable(either(oneOf('min_period_end', 'max_period_end'), timestamp())),
  cancellation_details: cancellationDetails(),
  items: list(hash(changedItemFields)),
  pause_collection: clearable(hash({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: timestamp() })),
  proration_date: timestamp(),
} satisfies Fields;

export const cancelFields = { cancellation_details: cancellationDetails(), invoice_now: boolean(), prorate: boolean() } satisfies Fields;

export const resumeFields = {
  billing_cycle_anchor: anchorChange(),
  payment_behavior: oneOf('resume_on_payment_attempt', 'resume_on_payment_success'),
  proration_behavior: prorationBehavior(),
  proration_date: timestamp(),
} satisfies Fields;

export type SentItem = ReadOf<typeof itemFields>;
export type SentChangedItem = ReadOf<typeof changedItemFields>;
export type SentCreate = ReadOf<typeof createFields>;
export type SentUpdate = ReadOf<typeof updateFields>;
export type SentCancel = ReadOf<typeof cancelFields>;
export type SentResume = ReadOf<typeof resumeFields>;
