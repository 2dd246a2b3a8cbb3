import { z } from 'zod';
import { readStripeObject, Text, Time, wordFor } from './stripe-field.js';

const STATUS = { ready: 'ready', advancing: 'advancing', internal_failure: 'internal_failure' } as const;
export type TestClockStatus = keyof typeof STATUS;

/** A test clock (https://docs.stripe.com/api/test_clocks/object): what "now" is for all that lives on it. */
export type NormalisedTestClock = {
  clockId: string;
  /** The moment that it has reached; while it advances, not yet the one that it goes to. */
  frozenAt: string;
  status: TestClockStatus;
  createdAt: string | null;
};

const TestClock = z.object({
  object: z.literal('test_helpers.test_clock'),
  id: Text,
  frozen_time: Time,
  status: z.string(),
  created: Time.nullish(),
});

/** One test clock in our words. Throws UnreadableStripeObject and UnknownStripeValue. */
export function fromStripeTestClock(object: unknown): NormalisedTestClock {
  const clock = readStripeObject('test_clock', TestClock, object);
  return {
    clockId: clock.id,
    frozenAt: clock.frozen_time,
    status: wordFor(STATUS, 'test_clock.status', clock.status),
    createdAt: clock.created ?? null,
  };
}
