import type { CustomerChanged } from '@turnpike/contracts-events';
import type { CustomerResponse } from '@turnpike/contracts-http';
import type { Known, NormalisedCustomer } from '@turnpike/stripe';
import type { Customer } from './customer.entity.js';
import { shownOf } from './mirrored-object.rules.js';
import { STUB_STANDING, standingOf } from './standing.rules.js';

/** The columns of a customer that Stripe decides about. */
export type CustomerState = Pick<
  Customer,
  'name' | 'email' | 'currency' | 'clockId' | 'isStub' | 'standing' | 'standingReasons' | 'deletedAt'
>;

/** A customer that a subscription names before any event of its own has come (road, Settled 5). */
export const STUB_STATE: CustomerState = {
  name: null,
  email: null,
  currency: null,
  clockId: null,
  isStub: true,
  standing: STUB_STANDING.standing,
  standingReasons: STUB_STANDING.reasons,
  deletedAt: null,
};

/** What is shown of a customer. Before anything could be read of it, its row is a stub that says why. */
export function fromKnownCustomer(known: Known<NormalisedCustomer>, deletedAt: Date | null): CustomerState {
  const payload = shownOf(known)?.payload ?? null;
  const { standing, reasons } = standingOf(known);
  return {
    name: payload?.name ?? null,
    email: payload?.email ?? null,
    currency: payload?.currency ?? null,
    clockId: payload?.testClockId ?? null,
    isStub: payload === null && !known.tombstone,
    standing,
    standingReasons: reasons,
    deletedAt,
  };
}

export function toCustomerChanged(customer: Customer): CustomerChanged {
  return {
    customerId: customer.id,
    connectionId: customer.connectionId,
    stripeId: customer.stripeId,
    externalId: customer.externalId,
    name: customer.name,
    email: customer.email,
    currency: customer.currency,
    clockId: customer.clockId,
    standing: customer.standing,
    deletedAt: customer.deletedAt?.toISOString() ?? null,
    version: { epoch: customer.versionEpoch, n: customer.versionN },
  };
}

export function toCustomerResponse(customer: Customer): CustomerResponse {
  return {
    id: customer.id,
    externalId: customer.externalId,
    stripeId: customer.stripeId,
    connectionId: customer.connectionId,
    name: customer.name,
    email: customer.email,
    currency: customer.currency,
    clockId: customer.clockId,
    standing: { state: customer.standing, reasons: customer.standingReasons, since: customer.standingSince?.toISOString() ?? null },
    createdAt: customer.createdAt.toISOString(),
    updatedAt: customer.updatedAt.toISOString(),
    deletedAt: customer.deletedAt?.toISOString() ?? null,
    version: { epoch: customer.versionEpoch, n: customer.versionN },
  };
}
