import { type Environment, type Scope, wireKey } from '@turnpike/contracts-events';

/** One object of one Stripe account, as everything here names it. */
export interface StripeObject {
  readonly scope: Scope;
  readonly connectionId: string;
  /** Stripe's id. */
  readonly stripeId: string;
}

/**
 * The order key of an object's events on `gateway.stripe-event.received.v1`, which is what the reader locks: whoever changes the object's
 * row from elsewhere locks the same (road 2.4).
 */
export function orderKeyOf({ scope, connectionId, stripeId }: StripeObject): string {
  return wireKey(scope, `${connectionId}/${stripeId}`);
}

/** The same of a row that shows it. */
export function orderKeyOfRow(row: { organization: string; environment: Environment; connectionId: string; stripeId: string }): string {
  const { organization, environment, connectionId, stripeId } = row;
  return orderKeyOf({ scope: { organization, environment }, connectionId, stripeId });
}

/** Finds the rows of these objects of one organization, and few others: those that have one's account, another's id. */
export function wherever(objects: readonly StripeObject[]) {
  const each = <V>(of: (object: StripeObject) => V): { $in: V[] } => ({ $in: [...new Set(objects.map(of))] });
  return {
    organization: each(({ scope }) => scope.organization),
    environment: each(({ scope }) => scope.environment),
    connectionId: each(({ connectionId }) => connectionId),
    stripeId: each(({ stripeId }) => stripeId),
  };
}

/** One object over all kinds. */
export function keyOf(type: string, object: StripeObject): string {
  return `${type} ${orderKeyOf(object)}`;
}
