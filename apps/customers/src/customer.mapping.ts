import type { CustomerChanged } from '@turnpike/contracts-events';
import type { CustomerResponse } from '@turnpike/contracts-http';
import { shownOf, standingOf } from '@turnpike/mirror';
import type { Known, NormalisedCustomer } from '@turnpike/stripe';
import type { Customer } from './customer.entity.js';

/** The columns of a customer that Stripe decides about. */
export type CustomerState = Pick<
  Customer,
  'claimedExternalId' | 'name' | 'email' | 'currency' | 'clockId' | 'isStub' | 'standing' | 'standingReasons' | 'deletedAt'
>;

/** Where a Stripe customer says whose it is: the caller's own id, written there by whoever made it. */
export const EXTERNAL_ID_IN_METADATA = 'turnpike_external_id';

/** A customer that has been named, and of whom nothing else is known (road, Settled 5). */
export const STUB_STATE: CustomerState = {
  claimedExternalId: null,
  name: null,
  email: null,
  currency: null,
  clockId: null,
  isStub: true,
  standing: 'dirty',
  standingReasons: ['stub'],
  deletedAt: null,
};

/** What is shown of a customer. Before anything could be read of it, its row is a stub that says why. */
export function fromKnownCustomer(known: Known<NormalisedCustomer>, deletedAt: Date | null): CustomerState {
  const payload = shownOf(known)?.payload ?? null;
  const { standing, reasons } = standingOf(known);
  return {
    claimedExternalId: payload?.metadata[EXTERNAL_ID_IN_METADATA] || null,
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
    mergedInto: customer.mergedInto,
    deletedAt: customer.deletedAt?.toISOString() ?? null,
    version: { epoch: customer.versionEpoch, n: customer.versionN },
  };
}

export function toCustomerResponse(customer: Customer): CustomerResponse {
  const { claimedExternalId, externalId } = customer;
  return {
    id: customer.id,
    externalId,
    externalIdConflict: claimedExternalId === null || claimedExternalId === externalId ? null : claimedExternalId,
    stripeId: customer.stripeId,
    connectionId: customer.connectionId,
    name: customer.name,
    email: customer.email,
    currency: customer.currency,
    clockId: customer.clockId,
    standing: { state: customer.standing, reasons: customer.standingReasons, since: customer.standingSince?.toISOString() ?? null },
    mergedInto: customer.mergedInto,
    createdAt: customer.createdAt.toISOString(),
    updatedAt: customer.updatedAt.toISOString(),
    deletedAt: customer.deletedAt?.toISOString() ?? null,
    version: { epoch: customer.versionEpoch, n: customer.versionN },
  };
}
