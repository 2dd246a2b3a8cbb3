import type { Environment } from '@turnpike/contracts-events';

/** What the product of a plan is called at Stripe, exactly so (requirement G7): `Acme Pro Plan`. */
export function stripeProductName(productName: string, planName: string): string {
  return `${productName} ${planName} Plan`;
}

/** What everything that we write carries of ours (requirement G30). By the first it is recognised, and found again (architecture rules 6 and 7). */
export function metadataOf(entityId: string, entityUrl: string, connectionId: string): Readonly<Record<string, string>> {
  return { turnpike_entity_id: entityId, turnpike_entity_url: entityUrl, turnpike_connection_id: connectionId };
}

/** Its page in Stripe's dashboard (requirement G29). Null in the Sandbox, which has none. */
export function dashboardUrl(
  environment: Environment,
  stripeAccountId: string | null,
  entityType: 'product' | 'price',
  stripeId: string | null,
): string | null {
  if (environment === 'sandbox' || stripeId === null) return null;
  const account = stripeAccountId === null ? '' : `/${stripeAccountId}`;
  const mode = environment === 'test' ? '/test' : '';
  return `https://dashboard.stripe.com${account}${mode}/${entityType}s/${stripeId}`;
}
