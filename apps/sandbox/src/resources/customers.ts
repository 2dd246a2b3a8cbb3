import { made, removed, then, unchanged, updated } from '../change.js';
import { type Address, addressField, isWithin, timeRange, toAddress } from '../filters.js';
import {
  anything,
  clearable,
  type Fields,
  hash,
  integer,
  list,
  mergedMetadata,
  metadata,
  oneOf,
  type Raw,
  type ReadOf,
  text,
} from '../parameters.js';
import { type Answer, listed, type Resource, route, shown } from '../route.js';
import type { Change, State, StripeObject } from '../state.js';
import { invalidRequest, missingObject, missingReference } from '../stripe-error.js';
import { attached } from './payment-method.js';
import { timeOf } from './test-clocks.js';

export interface Customer extends StripeObject {
  readonly object: 'customer';
  readonly address: Address | null;
  /** Minor units; negative: credit that the next invoice uses up. */
  readonly balance: number;
  readonly created: number;
  /** Set by the first invoice or subscription, and kept. */
  readonly currency: string | null;
  readonly default_source: string | null;
  readonly delinquent: boolean;
  readonly description: string | null;
  readonly email: string | null;
  readonly invoice_prefix: string;
  readonly invoice_settings: {
    readonly custom_fields: Raw | null;
    readonly default_payment_method: string | null;
    readonly footer: string | null;
    readonly rendering_options: Raw | null;
  };
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
  readonly name: string | null;
  readonly next_invoice_sequence: number;
  readonly test_clock: string | null;
}
declare module '../state.js' {
  interface Kinds {
    customer: Customer;
  }
}

const KIND = 'customer';
const PATH = '/v1/customers';
/** P2. */
const CUSTOMERS_PER_CLOCK = 3;

export function customerOf(state: State, id: string, param = 'customer'): Customer {
  const customer = state.find(KIND, id);
  if (customer === undefined) throw missingReference('customer', id, param);
  return customer;
}

/** A customer's own time: its clock's, if it has one. */
export const timeOfCustomer = (state: State, customer: Customer, now: number): number => timeOf(state, customer.test_clock, now);

const written = {
  address: clearable(addressField()),
  balance: integer(),
  business_name: clearable(text({ max: 150 })),
  description: clearable(text()),
  email: clearable(text({ max: 512 })),
  individual_name: clearable(text({ max: 150 })),
  invoice_prefix: text({ max: 12 }),
  invoice_settings: hash({
    custom_fields: clearable(anything()),
    default_payment_method: clearable(text()),
    footer: clearable(text()),
    rendering_options: clearable(anything()),
  }),
  metadata: metadata(),
  name: clearable(text({ max: 256 })),
  next_invoice_sequence: integer({ min: 1 }),
  phone: clearable(text({ max: 20 })),
  preferred_locales: list(text()),
  shipping: clearable(hash({ address: addressField(), name: text(), phone: text() })),
  tax: anything(),
  tax_exempt: clearable(oneOf('exempt', 'none', 'reverse')),
} satisfies Fields;

type Written = ReadOf<typeof written>;

function applied(customer: Customer, sent: Written): Customer {
  const settings = sent.invoice_settings;
  const before = customer.invoice_settings;
  return {
    ...customer,
    ...kept('address', sent.address === undefined ? undefined : sent.address === null ? null : toAddress(sent.address)),
    ...kept('balance', sent.balance),
    ...kept('description', sent.description),
    ...kept('email', sent.email),
    ...kept('business_name', sent.business_name),
    ...kept('individual_name', sent.individual_name),
    ...kept('invoice_prefix', sent.invoice_prefix),
    invoice_settings: {
      custom_fields: settings?.custom_fields === undefined ? before.custom_fields : settings.custom_fields,
      default_payment_method:
        settings?.default_payment_method === undefined ? before.default_payment_method : settings.default_payment_method,
      footer: settings?.footer === undefined ? before.footer : settings.footer,
      rendering_options: settings?.rendering_options === undefined ? before.rendering_options : settings.rendering_options,
    },
    metadata: mergedMetadata(customer.metadata, sent.metadata),
    ...kept('name', sent.name),
    ...kept('next_invoice_sequence', sent.next_invoice_sequence),
    ...kept('phone', sent.phone),
    ...kept('preferred_locales', sent.preferred_locales),
    ...kept('shipping', shippingOf(sent.shipping)),
    ...kept('tax_exempt', sent.tax_exempt === null ? 'none' : sent.tax_exempt),
  };
}

const kept = (name: string, value: unknown): Record<string, unknown> => (value === undefined ? {} : { [name]: value });

function shippingOf(sent: Written['shipping']): unknown {
  if (sent === undefined || sent === null) return sent;
  return { address: toAddress(sent.address ?? {}), name: sent.name ?? '', phone: sent.phone || null };
}

/** The default payment method must be the customer's own. */
function checkDefault(state: State, customer: Customer): void {
  const id = customer.invoice_settings.default_payment_method;
  if (id === null || state.find('payment_method', id)?.customer === customer.id) return;
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: 'resource_missing', param: 'invoice_settings[default_payment_method]' },
  );
}

function created(
  state: State,
  sent: Written & { payment_method?: string | undefined; test_clock?: string | undefined },
  now: number,
): Answer {
  const clock = sent.test_clock;
  if (clock !== undefined) checkClock(state, clock);
  const at = timeOf(state, clock, now);
  const empty: Customer = {
    id: state.newId('cus', 14),
    object: KIND,
    address: null,
    balance: 0,
    created: at,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: state.newSecret(8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: clock ?? null,
  };
  // A payment method given with its customer becomes the customer's before the default is looked at.
  const customer = applied(empty, { ...sent, invoice_settings: undefined });
  const change = made(unchanged(state), customer, { type: 'customer.created', at });
  if (sent.payment_method === undefined && sent.invoice_settings === undefined) return { ...change, body: customer };

  const withCard =
    sent.payment_method === undefined
      ? { change: unchanged(change.state), id: '' }
      : attached(change.state, sent.payment_method, customer, at);
  const chosen = sent.invoice_settings?.default_payment_method;
  const whole = applied(customer, {
    invoice_settings: {
      ...sent.invoice_settings,
      // A test id (pm_card_visa) names the payment method just made of it.
      default_payment_method: chosen !== undefined && chosen === sent.payment_method ? withCard.id : chosen,
    },
  });
  checkDefault(withCard.change.state, whole);
  return {
    state: withCard.change.state.with(whole),
    events: [{ type: 'customer.created', object: whole, at }, ...withCard.change.events],
    body: whole,
  };
}

function checkClock(state: State, clock: string): void {
  if (state.find('test_helpers.test_clock', clock) === undefined) throw missingReference('test clock', clock, 'test_clock');
  if (state.list(KIND).filter((one) => one.test_clock === clock).length >= CUSTOMERS_PER_CLOCK) {
    throw invalidRequest(`You can only create up to ${CUSTOMERS_PER_CLOCK} customers per test clock.`, { param: 'test_clock' });
  }
}

function deletedCustomer(state: State, customer: Customer, at: number): Change {
  const owned = state.list('payment_method').filter((one) => one.customer === customer.id);
  const gone = removed(unchanged(state), KIND, customer.id, { type: 'customer.deleted', at });
  return owned.reduce((change, one) => then(change, (next) => ({ state: next.with({ ...one, customer: null }), events: [] })), gone);
}

const found = (state: State, id: string): Customer => {
  const customer = state.find(KIND, id);
  if (customer === undefined) throw missingObject('customer', id);
  return customer;
};

export const customers: Resource = {
  kind: KIND,
  expands: { 'invoice_settings.default_payment_method': 'payment_method', test_clock: 'test_helpers.test_clock' },
  includes: { tax: () => ({ automatic_tax: 'unrecognized_location', ip_address: null, location: null, provider: 'stripe' }) },
  reactions: {
    // P6: a clock takes its customers along.
    'test_helpers.test_clock.deleted': (state, clock, at) =>
      state
        .list(KIND)
        .filter((one) => one.test_clock === clock.id)
        .reduce((change, one) => then(change, (next) => deletedCustomer(next, one, at)), unchanged(state)),
  },
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: KIND,
      parameters: { ...written, payment_method: text(), test_clock: text(), validate: anything(), tax_id_data: anything() },
      run: (state, { parameters, now }) => created(state, parameters, now),
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: KIND,
      lists: true,
      parameters: { email: text(), created: timeRange(), test_clock: text() },
      run(state, { parameters }) {
        const { email, created: range, test_clock = null } = parameters;
        const all = state
          .list(KIND)
          .filter((one) => one.test_clock === test_clock && (email === undefined || one.email === email) && isWithin(one.created, range));
        return listed(state, all, PATH, 'customer');
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: {},
      run(state, { path }) {
        const id = path.id ?? '';
        // H15: of all deleted objects, only a customer still answers.
        return state.isDeleted(KIND, id) ? shown(state, { id, object: KIND, deleted: true }) : shown(state, found(state, id));
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: { ...written, default_source: text(), validate: anything() },
      run(state, { path, parameters, now }): Answer {
        const before = found(state, path.id ?? '');
        const after = applied(before, parameters);
        checkDefault(state, after);
        return { ...updated(unchanged(state), after, { type: 'customer.updated', at: timeOfCustomer(state, before, now) }), body: after };
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      permission: KIND,
      parameters: {},
      run(state, { path, now }): Answer {
        const customer = found(state, path.id ?? '');
        const change = deletedCustomer(state, customer, timeOfCustomer(state, customer, now));
        return { ...change, body: { id: customer.id, object: KIND, deleted: true } };
      },
    }),
  ],
};
