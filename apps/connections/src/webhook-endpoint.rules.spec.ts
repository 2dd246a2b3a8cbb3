import { describe, expect, it } from '@jest/globals';
import { hasDrifted, straysAmong } from './webhook-endpoint.rules.js';

const at = { id: 'we_1', url: 'https://t.example/webhooks/stripe/con_1', enabled_events: ['b', 'a'], status: 'enabled', metadata: {} };

describe('an endpoint at Stripe', () => {
  it('is as it should be whatever the order of its events', () => {
    expect(hasDrifted(at, { url: at.url, enabledEvents: ['a', 'b'] })).toBe(false);
  });

  it('has drifted when it is elsewhere, asks for other events or was switched off', () => {
    expect(hasDrifted(at, { url: 'https://u.example', enabledEvents: ['a', 'b'] })).toBe(true);
    expect(hasDrifted(at, { url: at.url, enabledEvents: ['a'] })).toBe(true);
    expect(hasDrifted({ ...at, status: 'disabled' }, { url: at.url, enabledEvents: ['a', 'b'] })).toBe(true);
  });

  it('is a stray when it is of this connection and of no row of ours; others’ are left alone', () => {
    const ours = { ...at, id: 'we_2', metadata: { turnpike_connection_id: 'con_1', turnpike_endpoint_id: 'ep_1' } };
    const lost = { ...at, id: 'we_3', metadata: { turnpike_connection_id: 'con_1', turnpike_endpoint_id: 'ep_0' } };
    const another = { ...at, id: 'we_4', metadata: { turnpike_connection_id: 'con_2', turnpike_endpoint_id: 'ep_9' } };
    expect(straysAmong([at, ours, lost, another], 'con_1', ['ep_1'])).toEqual([lost]);
  });
});
