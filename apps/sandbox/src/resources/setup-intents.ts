import { made, unchanged, updated } from '../change.js';
import { isWithin, timeRange } from '../filters.js';
import { anything, mergedMetadata, metadata, oneOf, text } from '../parameters.js';
import { type Answer, listed, type Resource, route, shown } from '../route.js';
import type { State, StripeObject } from '../state.js';
import { invalidRequest, missingObject } from '../stripe-error.js';
import { customerOf } from './customers.js';

const KIND = 'setup_intent';
const PATH = '/v1/setup_intents';

/** A card that is to be kept for later. It can be made, read and canceled here; confirming one is not played yet. */
export interface SetupIntent extends StripeObject {
  readonly object: 'setup_intent';
  readonly cancellation_reason: string | null;
  readonly client_secret: string;
  readonly created: number;
  readonly customer: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: 'requires_payment_method' | 'canceled';
}

declare module '../state.js' {
  interface Kinds {
    setup_intent: SetupIntent;
  }
}

function existing(state: State, id: string | undefined): SetupIntent {
  const intent = state.find(KIND, id ?? '');
  if (intent === undefined) throw missingObject('setupintent', id ?? '', 'intent');
  return intent;
}

export const setupIntents: Resource = {
  kind: KIND,
  expands: { customer: 'customer' },
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: KIND,
      parameters: {
        automatic_payment_methods: anything(),
        customer: text(),
        description: text(),
        metadata: metadata(),
        usage: oneOf('off_session', 'on_session'),
      },
      run(state, { parameters: sent, now }): Answer {
        const id = state.newId('seti');
        const intent: SetupIntent = {
          id,
          object: KIND,
          application: null,
          automatic_payment_methods: { allow_redirects: 'always', enabled: true },
          cancellation_reason: null,
          client_secret: `${id}_secret_${state.newSecret(25)}`,
          created: now,
          customer: sent.customer === undefined ? null : customerOf(state, sent.customer).id,
          customer_account: null,
          description: sent.description ?? null,
          excluded_payment_method_types: null,
          flow_directions: null,
          last_setup_error: null,
          latest_attempt: null,
          livemode: false,
          mandate: null,
          metadata: mergedMetadata({}, sent.metadata),
          next_action: null,
          on_behalf_of: null,
          payment_method: null,
          payment_method_configuration_details: null,
          payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
          payment_method_types: ['card'],
          single_use_mandate: null,
          status: 'requires_payment_method',
          usage: sent.usage ?? 'off_session',
        };
        return { ...made(unchanged(state), intent, { type: 'setup_intent.created', at: now }), body: intent };
      },
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: KIND,
      lists: true,
      parameters: { created: timeRange(), customer: text() },
      run(state, { parameters: sent }) {
        const all = state
          .list(KIND)
          .filter((one) => (sent.customer === undefined || one.customer === sent.customer) && isWithin(one.created, sent.created));
        return listed(state, all, PATH, KIND);
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: KIND,
      publishable: true,
      parameters: { client_secret: text() },
      run(state, { path, parameters: { client_secret: told }, isPublishable }): Answer {
        const intent = existing(state, path.id);
        if (told === undefined && isPublishable) {
          throw invalidRequest('Missing required param: client_secret.', { code: 'parameter_missing', param: 'client_secret' });
        }
        if (told !== undefined && told !== intent.client_secret) {
          throw invalidRequest('The client_secret provided does not match any associated SetupIntent on this account.', {
            code: 'setup_intent_invalid_parameter',
            param: 'client_secret',
          });
        }
        return shown(state, intent);
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/cancel`,
      permission: KIND,
      parameters: { cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer') },
      run(state, { path, parameters: sent, now }): Answer {
        const before = existing(state, path.id);
        if (before.status === 'canceled') {
          throw invalidRequest('You cannot cancel this SetupIntent because it has a status of canceled.', {
            code: 'setup_intent_unexpected_state',
          });
        }
        const after: SetupIntent = { ...before, cancellation_reason: sent.cancellation_reason ?? null, status: 'canceled' };
        return { ...updated(unchanged(state), after, { type: 'setup_intent.canceled', at: now }), body: after };
      },
    }),
  ],
};
