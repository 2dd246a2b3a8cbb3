import { describe, expect, it } from '@jest/globals';
import { enabledEventsOf } from './enabled-events.rules.js';

describe('the events that are asked for', () => {
  it('are named one by one, each once, and test clocks only where there are any', () => {
    const test = enabledEventsOf('test');
    expect(new Set(test).size).toBe(test.length);
    expect(test).not.toContain('*');
    expect(test).toContain('test_helpers.test_clock.ready');
    expect(enabledEventsOf('live')).not.toContain('test_helpers.test_clock.ready');
    expect(enabledEventsOf('live')).toContain('customer.subscription.updated');
  });
});
