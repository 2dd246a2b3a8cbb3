import { type Environment, type Scope, wireKey } from '@turnpike/contracts-events';
import { orderKeyOf } from '@turnpike/mirror';

/** What is locked by whoever gives an external id to a customer. A colon is in no id of a connection, so no object of Stripe's has this key. */
export function externalIdKeyOf(scope: Scope, externalId: string): string {
  return wireKey(scope, `external-id:/${externalId}`);
}

/**
 * What everybody locks who changes a customer's row: at Stripe, the order key of its events; before, its external id, which it keeps; and
 * of one that was merged and has neither, its id.
 */
export function customerKeyOf(row: {
  organization: string;
  environment: Environment;
  id: string;
  connectionId: string | null;
  stripeId: string | null;
  externalId: string | null;
}): string {
  const { organization, environment, connectionId, stripeId, externalId } = row;
  const scope = { organization, environment };
  if (connectionId !== null && stripeId !== null) return orderKeyOf({ scope, connectionId, stripeId });
  return externalId === null ? wireKey(scope, `customer:/${row.id}`) : externalIdKeyOf(scope, externalId);
}
