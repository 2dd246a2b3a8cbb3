import { made, removed, unchanged, updated } from '../change.js';
import { boolean, clearable, list, mergedMetadata, metadata, required, text } from '../parameters.js';
import { isVersion } from '../render/versions.js';
import { type Answer, listed, type Resource, route, shown } from '../route.js';
import type { State } from '../state.js';
import { invalidRequest, missingObject } from '../stripe-error.js';
import { newSecret, type WebhookEndpoint, withSecret } from './webhook-endpoint.js';

const KIND = 'webhook_endpoint';
const PATH = '/v1/webhook_endpoints';
/** B7. */
const MOST = 16;

const found = (state: State, id: string): WebhookEndpoint => {
  const endpoint = state.find(KIND, id);
  if (endpoint === undefined) throw missingObject('webhook endpoint', id, 'webhook_endpoint');
  return endpoint;
};

function checkUrl(url: string): void {
  // Unlike Stripe, endpoints on this machine are welcome: that is where they are.
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw invalidRequest('Invalid URL: An explicit scheme (such as https) must be provided.', { code: 'url_invalid', param: 'url' });
  }
}

function checkEvents(types: readonly string[]): void {
  const wrong = types.findIndex((type) => type !== '*' && !/^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(type));
  if (wrong >= 0) {
    throw invalidRequest(`Invalid enabled_events[${wrong}]: must be a type of event, or *`, { param: `enabled_events[${wrong}]` });
  }
  if (types.length === 0) {
    throw invalidRequest('You must pass at least one event to enabled_events.', {
      code: 'parameter_invalid_empty',
      param: 'enabled_events',
    });
  }
}

export const webhookEndpoints: Resource = {
  kind: KIND,
  routes: [
    route({
      method: 'POST',
      path: PATH,
      permission: 'webhook',
      parameters: {
        api_version: text(),
        connect: boolean(),
        description: clearable(text()),
        enabled_events: required(list(text())),
        metadata: metadata(),
        url: required(text()),
      },
      run(state, { parameters: sent, now }): Answer {
        checkUrl(sent.url);
        checkEvents(sent.enabled_events);
        if (sent.api_version !== undefined && !isVersion(sent.api_version)) {
          throw invalidRequest(`Invalid api_version: ${sent.api_version}`, { param: 'api_version' });
        }
        if (state.list(KIND).length >= MOST) {
          throw invalidRequest(`You have reached the maximum of ${MOST} test webhook endpoints.`);
        }
        const endpoint: WebhookEndpoint = {
          id: state.newId('we'),
          object: KIND,
          api_version: sent.api_version ?? null,
          application: null,
          created: now,
          description: sent.description ?? null,
          enabled_events: sent.enabled_events,
          livemode: false,
          metadata: mergedMetadata({}, sent.metadata),
          status: 'enabled',
          url: sent.url,
        };
        const secret = newSecret(state);
        const change = made(unchanged(state), endpoint, { at: now });
        return { state: withSecret(change.state, endpoint.id, secret), events: [], body: { ...endpoint, secret } };
      },
    }),
    route({
      method: 'GET',
      path: PATH,
      permission: 'webhook',
      lists: true,
      parameters: {},
      run: (state) => listed(state, state.list(KIND), PATH, 'webhook endpoint'),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: 'webhook',
      parameters: {},
      run: (state, { path }) => shown(state, found(state, path.id ?? '')),
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id`,
      permission: 'webhook',
      // B9: the version stays what it was made with.
      parameters: {
        description: clearable(text()),
        disabled: boolean(),
        enabled_events: list(text()),
        metadata: metadata(),
        url: text(),
      },
      run(state, { path, parameters: sent, now }): Answer {
        const before = found(state, path.id ?? '');
        if (sent.url !== undefined) checkUrl(sent.url);
        if (sent.enabled_events !== undefined) checkEvents(sent.enabled_events);
        const after: WebhookEndpoint = {
          ...before,
          description: sent.description === undefined ? before.description : sent.description,
          enabled_events: sent.enabled_events ?? before.enabled_events,
          metadata: mergedMetadata(before.metadata, sent.metadata),
          status: sent.disabled === undefined ? before.status : sent.disabled ? 'disabled' : 'enabled',
          url: sent.url ?? before.url,
        };
        return { ...updated(unchanged(state), after, { at: now }), body: after };
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      permission: 'webhook',
      parameters: {},
      run(state, { path, now }): Answer {
        const endpoint = found(state, path.id ?? '');
        const change = removed(unchanged(state), KIND, endpoint.id, { at: now });
        const without = change.state.without('sandbox.webhook_secrets', endpoint.id);
        return { state: without, events: [], body: { id: endpoint.id, object: KIND, deleted: true } };
      },
    }),
  ],
};
