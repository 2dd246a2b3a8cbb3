import { describe, expect, it } from '@jest/globals';
import { CustomerChanged, StripeEventReceived } from '@turnpike/contracts-events';
import { topicSettings } from './kafka-topics.js';

const setting = (topic: Parameters<typeof topicSettings>[0], name: string) => topicSettings(topic).find((one) => one.name === name)?.value;

describe('how long Kafka keeps a topic', () => {
  it('state is compacted, and not before a week, so that a late copy is not all that is left of a key', () => {
    expect(setting(CustomerChanged, 'cleanup.policy')).toBe('compact');
    expect(setting(CustomerChanged, 'min.compaction.lag.ms')).toBe(String(7 * 24 * 3600 * 1000));
  });

  it('hints go by age', () => {
    expect(setting(StripeEventReceived, 'cleanup.policy')).toBe('delete');
    expect(setting(StripeEventReceived, 'retention.ms')).toBe(String(30 * 24 * 3600 * 1000));
  });
});
