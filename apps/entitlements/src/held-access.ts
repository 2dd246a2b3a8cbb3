import {
  type AccessChanged,
  type AccessLevel,
  type AccessSource,
  type FeatureGrant,
  isNewer,
  type Scope,
  type Version,
} from '@turnpike/contracts-events';

/** What is granted for a while. One object for all customers who have the same: there are as many as plans, levels and reasons. */
export interface HeldGrants {
  readonly level: AccessLevel;
  readonly reason: string;
  readonly features: ReadonlyMap<string, FeatureGrant['value']>;
}

export interface HeldStretch {
  /** Epoch milliseconds by the customer's clock. */
  readonly from: number;
  readonly until: string | null;
  readonly grants: HeldGrants;
  readonly sources: readonly AccessSource[];
  /** What members who do not handle billing have instead. */
  readonly nonBilling: { readonly grants: HeldGrants; readonly sources: readonly AccessSource[] } | null;
}

/** A customer's access, or a workspace's, as a replica holds it. */
export interface HeldAccess {
  readonly customerId: string;
  readonly externalId: string | null;
  readonly workspaceId: string | null;
  readonly workspaceExternalId: string | null;
  readonly billingMemberIds: readonly string[];
  readonly memberIds: readonly string[];
  readonly stretches: readonly HeldStretch[];
  readonly clockId: string | null;
  readonly clockAt: number | null;
  readonly isDeleted: boolean;
  readonly version: Version;
}

interface HeldCustomer {
  whole: HeldAccess | null;
  readonly workspaces: Map<string, HeldAccess>;
}

interface HeldScope {
  readonly customers: Map<string, HeldCustomer>;
  /** The caller may have used an id again, for another customer. */
  readonly byExternalId: Map<string, Set<string>>;
}

/** Everybody's access in memory, found by our ids and the caller's. */
export class AccessIndex {
  private readonly scopes = new Map<string, HeldScope>();
  private readonly grants = new Map<string, HeldGrants>();

  /** Takes a state in, unless a newer one is here. */
  put(scope: Scope, told: AccessChanged): void {
    const held = this.scopeOf(scope);
    const customer = held.customers.get(told.customerId) ?? { whole: null, workspaces: new Map<string, HeldAccess>() };
    const known = told.workspaceId === null ? customer.whole : (customer.workspaces.get(told.workspaceId) ?? null);
    if (!isNewer(told.version, known?.version ?? null)) return;
    held.customers.set(told.customerId, customer);
    const access = this.toHeldAccess(told);
    if (told.workspaceId !== null) return void customer.workspaces.set(told.workspaceId, access);
    if (known?.externalId) held.byExternalId.get(known.externalId)?.delete(told.customerId);
    if (access.externalId !== null) {
      const ids = held.byExternalId.get(access.externalId);
      if (ids) ids.add(told.customerId);
      else held.byExternalId.set(access.externalId, new Set([told.customerId]));
    }
    customer.whole = access;
  }

  /** @param id ours, or the caller's */
  customer(scope: Scope, id: string): HeldAccess | null {
    return this.held(scope, id)?.whole ?? null;
  }

  /** @param id our id of the customer @param workspace ours, or the caller's */
  workspace(scope: Scope, id: string, workspace: string): HeldAccess | null {
    const workspaces = this.held(scope, id)?.workspaces;
    if (!workspaces) return null;
    const found = workspaces.get(workspace);
    if (found) return found.isDeleted ? null : found;
    for (const one of workspaces.values()) if (one.workspaceExternalId === workspace && !one.isDeleted) return one;
    return null;
  }

  private held(scope: Scope, id: string): HeldCustomer | null {
    const held = this.scopes.get(`${scope.organization}/${scope.environment}`);
    if (!held) return null;
    const own = held.customers.get(id);
    if (own) return own;
    const named = held.byExternalId.get(id);
    if (!named || named.size === 0) return null;
    if (named.size === 1) for (const only of named) return held.customers.get(only) ?? null;
    // Of several, one that still exists; of these the newest, whose id is the greatest.
    const customers = [...named].sort().flatMap((one) => held.customers.get(one) ?? []);
    return customers.findLast((one) => one.whole?.isDeleted === false) ?? customers.at(-1) ?? null;
  }

  private scopeOf({ organization, environment }: Scope): HeldScope {
    const name = `${organization}/${environment}`;
    const known = this.scopes.get(name);
    if (known) return known;
    const held = { customers: new Map<string, HeldCustomer>(), byExternalId: new Map<string, Set<string>>() };
    this.scopes.set(name, held);
    return held;
  }

  private toHeldAccess(told: AccessChanged): HeldAccess {
    return {
      customerId: told.customerId,
      externalId: told.externalId,
      workspaceId: told.workspaceId,
      workspaceExternalId: told.workspaceExternalId,
      billingMemberIds: told.billingMemberIds,
      memberIds: told.memberIds,
      stretches: told.stretches.map((stretch) => ({
        from: stretch.from === null ? Number.NEGATIVE_INFINITY : Date.parse(stretch.from),
        until: stretch.until,
        grants: this.grantsOf(stretch),
        sources: stretch.sources,
        nonBilling: stretch.nonBilling && { grants: this.grantsOf(stretch.nonBilling), sources: stretch.nonBilling.sources },
      })),
      clockId: told.clockId,
      clockAt: told.clockAt === null ? null : Date.parse(told.clockAt),
      isDeleted: told.deletedAt !== null,
      version: told.version,
    };
  }

  private grantsOf({ level, reason, features }: { level: AccessLevel; reason: string; features: readonly FeatureGrant[] }): HeldGrants {
    const name = JSON.stringify([level, reason, features.map(({ key, value }) => [key, value])]);
    const known = this.grants.get(name);
    if (known) return known;
    const grants = { level, reason, features: new Map(features.map(({ key, value }) => [key, value])) };
    this.grants.set(name, grants);
    return grants;
  }
}
