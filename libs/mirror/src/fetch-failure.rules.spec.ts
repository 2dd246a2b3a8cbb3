import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@turnpike/service';
import { ConnectionNotUsable, ConnectionUnknown, UnknownStripeValue } from '@turnpike/stripe';
import { verdictOnFetch } from './fetch-failure.rules.js';

/** As the SDK throws. */
const thrown = (statusCode?: number, headers: Record<string, string> = {}) =>
  Object.assign(new Error('No.'), { type: statusCode === undefined ? 'StripeConnectionError' : 'StripeError', statusCode, headers });

describe('a fetch that brought no object', () => {
  it('finds it missing at a 404', () => {
    expect(verdictOnFetch(thrown(404), 0)).toEqual({ then: 'missing' });
  });

  it('is refused for good by a missing permission, and by the second 401: the key may just have been replaced', () => {
    expect(verdictOnFetch(thrown(403), 0)).toEqual({ then: 'refused', because: 'no-permission' });
    expect(verdictOnFetch(thrown(401), 0)).toMatchObject({ then: 'later', seconds: 1 });
    expect(verdictOnFetch(thrown(401), 1)).toEqual({ then: 'refused', because: 'unauthorized' });
    expect(verdictOnFetch(thrown(400), 0)).toEqual({ then: 'refused', because: 'refused' });
    expect(verdictOnFetch(new UnknownStripeValue('subscription.status', 'new'), 0)).toEqual({ then: 'refused', because: 'unmappable' });
  });

  it('waits as long as Stripe says, longer with each failure, and holds what else would be asked of a silent Stripe', () => {
    expect(verdictOnFetch(thrown(429, { 'retry-after': '7' }), 0)).toEqual({ then: 'later', seconds: 7, holdsConnection: true });
    expect(verdictOnFetch(thrown(500), 3)).toEqual({ then: 'later', seconds: 8, holdsConnection: false });
    expect(verdictOnFetch(thrown(500), 30)).toMatchObject({ seconds: 300 });
    expect(verdictOnFetch(thrown(), 30)).toEqual({ then: 'later', seconds: 30, holdsConnection: true });
  });

  it('is decided by the connection where there is no key to ask with', () => {
    expect(verdictOnFetch(new ConnectionUnknown('con_1'), 0)).toEqual({ then: 'refused', because: 'connection-removed' });
    expect(verdictOnFetch(new ConnectionNotUsable('con_1', 'removed'), 0)).toEqual({ then: 'refused', because: 'connection-removed' });
    expect(verdictOnFetch(new ConnectionNotUsable('con_1', 'unauthorized'), 0)).toEqual({ then: 'refused', because: 'unauthorized' });
    expect(verdictOnFetch(new ConnectionNotUsable('con_1', 'verifying'), 0)).toMatchObject({ then: 'later', holdsConnection: true });
    expect(verdictOnFetch(new Unavailable('connections'), 0)).toMatchObject({ then: 'later', holdsConnection: true });
  });

  it('is tried again after a bug of ours, which holds nobody else', () => {
    expect(verdictOnFetch(new TypeError('x is undefined'), 1)).toEqual({ then: 'later', seconds: 2, holdsConnection: false });
  });
});
