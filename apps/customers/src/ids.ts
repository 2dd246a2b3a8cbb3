import { v7 as uuidv7 } from 'uuid';

const CUSTOMER_ID = /^cust_[0-9a-f]{32}$/;
const SUBSCRIPTION_ID = /^subn_[0-9a-f]{32}$/;

/** A UUIDv7 begins with the time, so the order of ids is the order in which they were drawn: lists are paged by it. */
export function newCustomerId(): string {
  return `cust_${uuidv7().replaceAll('-', '')}`;
}

export function newSubscriptionId(): string {
  return `subn_${uuidv7().replaceAll('-', '')}`;
}

/** Anything else is nobody's id and need not be looked up; some of it PostgreSQL could not even take as text. */
export function isCustomerId(text: string): boolean {
  return CUSTOMER_ID.test(text);
}

export function isSubscriptionId(text: string): boolean {
  return SUBSCRIPTION_ID.test(text);
}
