import type { Environment } from '@turnpike/contracts-events';
import type { Transaction } from '@turnpike/service';
import { Access } from './access.entity.js';
import { KnownClock } from './known-clock.entity.js';
import { KnownCustomer } from './known-customer.entity.js';
import { KnownPlanVersion } from './known-plan-version.entity.js';
import { KnownSubscription } from './known-subscription.entity.js';
import { KnownWorkspace } from './known-workspace.entity.js';

/** Everything that is known of one customer. */
export interface CustomerFacts {
  readonly customerId: string;
  readonly customer: KnownCustomer | null;
  readonly workspaces: readonly KnownWorkspace[];
  readonly subscriptions: readonly KnownSubscription[];
  readonly clockId: string | null;
  /** Null while nothing of the clock was heard. */
  readonly clockAt: Date | null;
  readonly told: readonly Access[];
}

export interface LoadedFacts {
  readonly customers: readonly CustomerFacts[];
  readonly planVersions: readonly KnownPlanVersion[];
}

/** What everybody shares who reads the catalog for a customer's access, and who changes a plan locks alone. */
export function catalogKey(organization: string, environment: Environment): string {
  return `${organization}/${environment}/every plan version`;
}

const UNTRACKED = { disableIdentityMap: true, flushMode: 'commit' } as const;

/**
 * Loads what decides about these customers, whose order keys the caller has locked. Plans and clocks are read under shared locks, held to the end:
 * a plan that is being heard meanwhile is either seen here, or its job sees what is written here. Without that both could miss each other.
 */
export async function loadFacts(
  { em, organization, sql }: Transaction,
  environment: Environment,
  customerIds: readonly string[],
): Promise<LoadedFacts> {
  const ofCustomers = { organization, environment, customerId: { $in: [...customerIds] } };
  const customers = await em.find(KnownCustomer, { organization, environment, id: { $in: [...customerIds] } }, UNTRACKED);
  const workspaces = await em.find(KnownWorkspace, ofCustomers, UNTRACKED);
  const subscriptions = await em.find(KnownSubscription, ofCustomers, UNTRACKED);
  const told = await em.find(Access, ofCustomers, UNTRACKED);

  const clockIds = [...new Set([...customers, ...subscriptions].flatMap(({ clockId }) => clockId ?? []))];
  const shared = [catalogKey(organization, environment), ...clockIds.map((id) => `${organization}/${environment}/${id}`)].sort();
  await sql(`select pg_advisory_xact_lock_shared(hashtextextended(key, 0)) from unnest($1::text[]) as key`, [shared]);
  const clocks = clockIds.length === 0 ? [] : await em.find(KnownClock, { organization, environment, id: { $in: clockIds } }, UNTRACKED);
  const prices = [...new Set(subscriptions.flatMap((subscription) => subscription.prices))];
  const planVersions = await em.find(
    KnownPlanVersion,
    { organization, environment, $or: [{ isFree: true }, { prices: { $overlap: prices } }] },
    UNTRACKED,
  );

  const own = <R extends { customerId: string }>(rows: readonly R[], id: string) => rows.filter((row) => row.customerId === id);
  return {
    planVersions,
    customers: customerIds.map((customerId) => {
      const customer = customers.find((row) => row.id === customerId) ?? null;
      const bought = own(subscriptions, customerId);
      const clockId = customer?.clockId ?? bought.find((row) => row.clockId !== null)?.clockId ?? null;
      return {
        customerId,
        customer,
        workspaces: own(workspaces, customerId),
        subscriptions: bought,
        clockId,
        clockAt: clocks.find((row) => row.id === clockId)?.frozenAt ?? null,
        told: own(told, customerId),
      };
    }),
  };
}
