import { changeSubscription } from '../billing/changing.js';
import type { Subscription, SubscriptionItem } from '../billing/subscription.js';
import { itemFields, type SentUpdate } from '../billing/subscription-fields.js';
import { anything, boolean, type Fields, oneOf, type ReadOf, required, text, timestamp } from '../parameters.js';
import { type Answer, listed, type Resource, route, shown } from '../route.js';
import type { State } from '../state.js';
import { missingObject } from '../stripe-error.js';
import { existingSubscription } from './subscriptions.js';
import { timeOf } from './test-clocks.js';

/** Items live inside their subscription; these routes are another way to change it. */

const KIND = 'subscription_item';
const PATH = '/v1/subscription_items';
const PERMISSION = 'subscription';

const changeFields = {
  off_session: boolean(),
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete'),
  proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
  proration_date: timestamp(),
} satisfies Fields;

type SentChange = ReadOf<typeof changeFields>;
type SentItems = NonNullable<SentUpdate['items']>;

function ownerOf(state: State, id: string | undefined): { subscription: Subscription; item: SubscriptionItem } {
  for (const subscription of state.list('subscription')) {
    const item = subscription.items.data.find((one) => one.id === id);
    if (item !== undefined) return { subscription, item };
  }
  throw missingObject('subscription_item', id ?? '', 'item');
}

function changed(state: State, subscription: Subscription, items: SentItems, sent: SentChange, now: number) {
  const wish: Partial<SentUpdate> = { ...sent, items };
  // A wish names what it changes; what it leaves out is not sent, which is what undefined says.
  return changeSubscription(state, subscription, wish as SentUpdate, timeOf(state, subscription.test_clock, now)).end();
}

export const subscriptionItems: Resource = {
  kind: KIND,
  routes: [
    route({
      method: 'GET',
      path: PATH,
      permission: PERMISSION,
      lists: true,
      parameters: { subscription: required(text()) },
      run(state, { parameters }) {
        const { items } = existingSubscription(state, parameters.subscription);
        return listed(state, items.data, PATH, 'subscription_item');
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: PERMISSION,
      parameters: {},
      run: (state, { path }) => shown(state, ownerOf(state, path.id).item),
    }),
    route({
      method: 'POST',
      path: PATH,
      permission: PERMISSION,
      parameters: { ...itemFields, ...changeFields, subscription: required(text()) },
      run(state, { parameters, now }): Answer {
        const { subscription: id, off_session, payment_behavior, proration_behavior, proration_date, ...item } = parameters;
        const owner = existingSubscription(state, id);
        const sent = onlySent({ off_session, payment_behavior, proration_behavior, proration_date });
        const change = changed(state, owner, [{ ...item, id: undefined, deleted: undefined, clear_usage: undefined }], sent, now);
        const known = new Set(owner.items.data.map((one) => one.id));
        const made = existingSubscription(change.state, id).items.data.find((one) => !known.has(one.id));
        return { ...change, body: ownerOf(change.state, made?.id).item };
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: PERMISSION,
      parameters: { ...itemFields, ...changeFields },
      run(state, { path, parameters, now }): Answer {
        const { off_session, payment_behavior, proration_behavior, proration_date, ...item } = parameters;
        const { subscription } = ownerOf(state, path.id);
        const sent = onlySent({ off_session, payment_behavior, proration_behavior, proration_date });
        const change = changed(state, subscription, [{ ...item, id: path.id, deleted: undefined, clear_usage: undefined }], sent, now);
        return { ...change, body: ownerOf(change.state, path.id).item };
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      permission: PERMISSION,
      parameters: { ...changeFields, clear_usage: anything() },
      run(state, { path, parameters, now }): Answer {
        const { subscription, item } = ownerOf(state, path.id);
        const { clear_usage: _cleared, ...sent } = parameters;
        const change = changed(state, subscription, [{ ...NOTHING, id: item.id, deleted: true }], onlySent(sent), now);
        return { ...change, body: { id: item.id, object: KIND, deleted: true } };
      },
    }),
  ],
};

const NOTHING: SentItems[number] = {
  billing_thresholds: undefined,
  clear_usage: undefined,
  deleted: undefined,
  discounts: undefined,
  id: undefined,
  metadata: undefined,
  plan: undefined,
  price: undefined,
  price_data: undefined,
  quantity: undefined,
  tax_rates: undefined,
};

/** Without the names that were not sent: what was sent is what is checked (K5, K14). */
function onlySent(sent: SentChange): SentChange {
  // Undefined values may be left out of what they are optional in.
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)) as SentChange;
}
