import { z } from 'zod';
import { Currency, IdOf, OwnMetadata, readStripeObject, Text, Time } from './stripe-field.js';

/** Of a customer no address, telephone number or payment source is kept (requirement S8). */
export type NormalisedCustomer = {
  customerId: string;
  name: string | null;
  email: string | null;
  /** Set by the first invoice or subscription; until then Stripe has none. */
  currency: string | null;
  /** A customer on a test clock lives at that clock's time, and so does all that hangs on it. */
  testClockId: string | null;
  /** The rest of a deleted customer is unknown here: Stripe shows only its id. */
  isDeleted: boolean;
  createdAt: string | null;
  metadata: Record<string, string>;
};

const Customer = z.object({
  object: z.literal('customer'),
  id: Text,
  name: Text.nullish(),
  email: Text.nullish(),
  currency: Currency.nullish(),
  test_clock: IdOf.nullish(),
  deleted: z.boolean().nullish(),
  created: Time.nullish(),
  metadata: OwnMetadata.nullish(),
});

/** One Stripe customer in our words, the same for every API version. Throws UnreadableStripeObject. */
export function fromStripeCustomer(object: unknown): NormalisedCustomer {
  const customer = readStripeObject('customer', Customer, object);
  return {
    customerId: customer.id,
    name: customer.name ?? null,
    email: customer.email ?? null,
    currency: customer.currency ?? null,
    testClockId: customer.test_clock ?? null,
    isDeleted: customer.deleted ?? false,
    createdAt: customer.created ?? null,
    metadata: customer.metadata ?? {},
  };
}
