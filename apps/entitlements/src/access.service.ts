import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AccessChanged, type Environment, type Scope } from '@turnpike/contracts-events';
import { FIRST_EPOCH, Outbox } from '@turnpike/messaging';
import { BatchedRows, Database, type Transaction } from '@turnpike/service';
import { Access } from './access.entity.js';
import { accessId, type AccessState, membersOf, toAccessChanged, toAccessStretch } from './access.mapping.js';
import { accessOf, nextChangeAfter, stretchAt } from './access.rules.js';
import { type CustomerFacts, loadFacts } from './customer-facts.js';
import type { KnownPlanVersion } from './known-plan-version.entity.js';
import type { KnownWorkspace } from './known-workspace.entity.js';
import { BEFORE_ANYTHING, isPaid, moveOf } from './moves.rules.js';
import { MoveAccessJob } from './move-access.job.js';

interface Touched {
  readonly customerIds: Set<string>;
  now: Date;
}

/** Works out what customers may use, keeps it, and tells it; silent where nothing changed. */
@Injectable()
export class AccessService {
  private readonly rows = new BatchedRows<Access>(Access, ({ environment, id }) => `${environment}/${id}`);
  private readonly touched = new WeakMap<Transaction, Map<Environment, Touched>>();

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly moving: MoveAccessJob,
  ) {}

  /**
   * Has a customer's access worked out at the end of the current transaction, once for all that was heard of it there. Call with its order key
   * locked. @param now by everybody's clock; a customer on a test clock lives at that one's time
   */
  touch({ environment }: Scope, customerId: string, now: Date): void {
    const transaction = this.database.current();
    const all = this.touched.get(transaction) ?? new Map<Environment, Touched>();
    this.touched.set(transaction, all);
    const touched = all.get(environment) ?? { customerIds: new Set(), now };
    all.set(environment, touched);
    touched.customerIds.add(customerId);
    touched.now = now;
    transaction.beforeCommit('access', async () => {
      for (const [one, { customerIds, now: at }] of all) await this.recompute(transaction, one, [...customerIds], at);
    });
  }

  /** Tells the present state again, with the version it has. Call with the customer's order key locked. */
  tell(access: Access): void {
    this.outbox.announce(AccessChanged, access, toAccessChanged(access));
  }

  private async recompute(transaction: Transaction, environment: Environment, customerIds: readonly string[], now: Date): Promise<void> {
    const { customers, planVersions } = await loadFacts(transaction, environment, customerIds);
    const scope = { organization: transaction.organization, environment };
    for (const facts of customers) await this.keep(transaction, scope, facts, planVersions, now);
  }

  private async keep(
    transaction: Transaction,
    scope: Scope,
    facts: CustomerFacts,
    planVersions: readonly KnownPlanVersion[],
    now: Date,
  ): Promise<void> {
    const { customerId, told } = facts;
    const before = told.find((row) => row.workspaceId === null) ?? null;
    const whole = stateOf(facts, planVersions, before, now);
    this.write(transaction, scope, customerId, null, before, whole, now);
    for (const workspace of facts.workspaces) {
      const row = told.find((one) => one.workspaceId === workspace.id) ?? null;
      this.write(transaction, scope, customerId, workspace.id, row, ofWorkspace(whole, workspace), now);
    }
    if (whole.nextChangeAt?.getTime() !== before?.nextChangeAt?.getTime())
      await this.moving.schedule(scope, customerId, whole.nextChangeAt);
  }

  private write(
    transaction: Transaction,
    { organization, environment }: Scope,
    customerId: string,
    workspaceId: string | null,
    before: Access | null,
    state: AccessState,
    now: Date,
  ): void {
    const access: Access = {
      organization,
      environment,
      id: accessId(customerId, workspaceId),
      customerId,
      workspaceId,
      ...state,
      versionEpoch: before?.versionEpoch ?? FIRST_EPOCH,
      versionN: before?.versionN ?? 0,
      updatedAt: before?.updatedAt ?? now,
      revision: before?.revision ?? 0,
    };
    if (before && isDeepStrictEqual({ ...before }, access)) return;
    const isNews = before === null || !isDeepStrictEqual(toAccessChanged(before), toAccessChanged(access));
    access.updatedAt = now;
    this.rows.write(transaction, access);
    if (!isNews) return;
    access.versionN += 1;
    this.tell(access);
  }
}

/** The customer as a whole. */
function stateOf(facts: CustomerFacts, planVersions: readonly KnownPlanVersion[], before: Access | null, wall: Date): AccessState {
  const { customer, customerId, clockId, clockAt } = facts;
  const stretches = accessOf({
    isDeleted: customer !== null && customer.deletedAt !== null,
    subscriptions: facts.subscriptions.map((row) => row.facts),
    planVersions: planVersions.map((row) => row.facts),
  });
  const now = clockId === null ? wall : clockAt;
  // While nobody knows what time it is on the customer's clock, nobody can say that anything has moved.
  const stretch = now === null ? null : stretchAt(stretches, now);
  const level = stretch?.level ?? before?.level ?? BEFORE_ANYTHING.level;
  return {
    externalId: customer?.externalId ?? null,
    workspaceExternalId: null,
    ...membersOf(facts.workspaces.filter((workspace) => workspace.deletedAt === null)),
    stretches: stretches.map(toAccessStretch),
    clockId,
    clockAt,
    level,
    hasHadAccess: (before?.hasHadAccess ?? false) || isPaid(level),
    move: (stretch && now && moveOf(customerId, before ?? BEFORE_ANYTHING, stretch, now)) ?? before?.move ?? null,
    nextChangeAt: clockId === null ? nextChangeAfter(stretches, wall) : null,
    deletedAt: customer?.deletedAt ?? null,
  };
}

/** A workspace has what its customer has, and members of its own. The customer's move is told once more, with the same cause. */
function ofWorkspace(whole: AccessState, workspace: KnownWorkspace): AccessState {
  return {
    ...whole,
    ...membersOf([workspace]),
    workspaceExternalId: workspace.externalId,
    nextChangeAt: null,
    deletedAt: workspace.deletedAt ?? whole.deletedAt,
  };
}
