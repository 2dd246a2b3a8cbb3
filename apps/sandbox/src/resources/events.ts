import { isWithin, timeRange } from '../filters.js';
import { boolean, list, text } from '../parameters.js';
import { listed, type Resource, route, shown } from '../route.js';
import type { State } from '../state.js';
import { invalidRequest, missingObject } from '../stripe-error.js';
import type { StripeEvent } from './event.js';

const PATH = '/v1/events';

/** `invoice.*` is every type that begins so, `*` every type (B15). */
export function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

/** Whether all of an event's deliveries succeeded; false: some are still to come, or were given up. */
function delivered(state: State, wanted: boolean | undefined): (event: StripeEvent) => boolean {
  if (wanted === undefined) return () => true;
  const open = new Set(state.list('sandbox.delivery').flatMap((one) => (one.status === 'delivered' ? [] : [one.event])));
  return (event) => !open.has(event.id) === wanted;
}

export const events: Resource = {
  kind: 'event',
  routes: [
    route({
      method: 'GET',
      path: PATH,
      permission: 'event',
      lists: true,
      parameters: { type: text(), types: list(text(), { max: 20 }), created: timeRange(), delivery_success: boolean() },
      run(state, { parameters: { type, types, created, delivery_success } }) {
        if (type !== undefined && types !== undefined) {
          throw invalidRequest('You may only specify one of these parameters: type, types.', { param: 'type' });
        }
        const wanted = types ?? (type === undefined ? undefined : [type]);
        const isDelivered = delivered(state, delivery_success);
        const all = state
          .list('event')
          .filter(
            (one) =>
              (wanted === undefined || wanted.some((pattern) => isOfType(one.type, pattern))) &&
              isWithin(one.created, created) &&
              isDelivered(one),
          );
        return listed(state, all, PATH, 'event');
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      permission: 'event',
      parameters: {},
      run(state, { path }) {
        const event = state.find('event', path.id ?? '');
        if (event === undefined) throw missingObject('event', path.id ?? '');
        return shown(state, event);
      },
    }),
  ],
};
