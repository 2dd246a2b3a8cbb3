import { Injectable } from '@nestjs/common';
import { type Environment, type Scope, WorkspaceChanged, type WorkspaceMember, wireKey } from '@turnpike/contracts-events';
import type { WorkspacesCreateRequest, WorkspacesListRequest, WorkspacesListResponse } from '@turnpike/contracts-http';
import { FIRST_EPOCH, lockKeys, Outbox } from '@turnpike/messaging';
import type { StripeObject } from '@turnpike/mirror';
import { Database, isId, newId, pageOf, pageOptions, pageWhere } from '@turnpike/service';
import { sameJson } from '@turnpike/stripe';
import type { Customer } from './customer.entity.js';
import { CustomerMerged } from './customer.errors.js';
import { CustomersService } from './customers.service.js';
import { hasOwner, without, withRole } from './members.rules.js';
import { Workspace } from './workspace.entity.js';
import { MemberNotFound, OwnerMissing, WorkspaceExists, WorkspaceNotFound } from './workspace.errors.js';
import { toWorkspaceChanged, toWorkspaceResponse } from './workspace.mapping.js';

const ID = 'wksp';
const isWorkspaceId = (text: string) => isId(ID, text);

/** What is locked by whoever changes a workspace. A colon is in no id of a connection, so no object of Stripe's has this key. */
export function workspaceKeyOf({ organization, environment, id }: { organization: string; environment: Environment; id: string }): string {
  return wireKey({ organization, environment }, `workspace:/${id}`);
}

/** A customer's workspaces and their members. Every method runs in the transaction of its caller. */
@Injectable()
export class WorkspacesService {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly customers: CustomersService,
  ) {}

  /** @throws CustomerNotFound, CustomerMerged, WorkspaceExists, OwnerMissing */
  async create(scope: Scope, request: WorkspacesCreateRequest, now: Date): Promise<Workspace> {
    const { em } = this.database.current();
    const { externalId = null, name = null } = request;
    const asked = await this.customers.one(scope, request.customer);
    await lockKeys(this.database.current(), [wireKey(scope, `workspaces-of:/${asked.id}`)]);
    // It may have been merged while the lock was waited for.
    const customer = await em.refreshOrFail(asked);
    if (customer.mergedInto !== null) throw new CustomerMerged(customer.id, customer.mergedInto);
    const members = request.members.reduce<WorkspaceMember[]>((all, { memberId, role }) => withRole(all, memberId, role), []);
    if (!hasOwner(members)) throw new OwnerMissing();
    const { organization, environment } = scope;
    const taken =
      externalId === null ? null : await em.findOne(Workspace, { organization, environment, customerId: customer.id, externalId });
    if (taken) throw new WorkspaceExists(externalId ?? '', taken.id);
    const workspace = em.create(Workspace, {
      organization,
      environment,
      id: newId(ID),
      customerId: customer.id,
      externalId,
      name,
      members,
      enabledUsageFeatures: [],
      versionEpoch: FIRST_EPOCH,
      versionN: 1,
      createdAt: now,
      updatedAt: now,
      revision: 1,
    });
    em.persist(workspace);
    this.tell(workspace);
    return workspace;
  }

  /** @throws WorkspaceNotFound also for another organization's or environment's */
  async one({ organization, environment }: Scope, id: string): Promise<Workspace> {
    const workspace = isWorkspaceId(id) ? await this.database.current().em.findOne(Workspace, { organization, environment, id }) : null;
    if (!workspace) throw new WorkspaceNotFound(id);
    return workspace;
  }

  /** A customer's workspaces, newest first. @throws CustomerNotFound */
  async list(scope: Scope, query: WorkspacesListRequest): Promise<WorkspacesListResponse> {
    const { organization, environment } = scope;
    const customerId = (await this.customers.one(scope, query.customer)).id;
    const where = { organization, environment, customerId, ...pageWhere(query, isWorkspaceId) };
    return pageOf(query, await this.database.current().em.find(Workspace, where, pageOptions(query)), toWorkspaceResponse);
  }

  /** Makes somebody a member, or gives a member another role. @throws WorkspaceNotFound, OwnerMissing */
  async setMember(scope: Scope, id: string, memberId: string, role: WorkspaceMember['role'], now: Date): Promise<Workspace> {
    const workspace = await this.locked(scope, id);
    return this.change(workspace, withRole(workspace.members, memberId, role), now);
  }

  /** @throws WorkspaceNotFound, MemberNotFound, OwnerMissing */
  async removeMember(scope: Scope, id: string, memberId: string, now: Date): Promise<Workspace> {
    const workspace = await this.locked(scope, id);
    if (!workspace.members.some((member) => member.memberId === memberId)) throw new MemberNotFound(workspace.id, memberId);
    return this.change(workspace, without(workspace.members, memberId), now);
  }

  /** The keys of all workspaces of a Stripe customer, and the one that keeps new ones away. */
  async keysOf({ scope, connectionId, stripeId }: StripeObject): Promise<string[]> {
    const rows = await this.database.current().sql<{ customer_id: string; id: string | null }>(
      `select c.id as customer_id, w.id from customer c
        left join workspace w on w.organization = c.organization and w.environment = c.environment and w.customer_id = c.id
       where c.organization = $1 and c.environment = $2 and c.connection_id = $3 and c.stripe_id = $4`,
      [scope.organization, scope.environment, connectionId, stripeId],
    );
    return rows.flatMap(({ customer_id, id }) => [
      wireKey(scope, `workspaces-of:/${customer_id}`),
      ...(id === null ? [] : [workspaceKeyOf({ ...scope, id })]),
    ]);
  }

  /** Gives all workspaces of one customer to another, and tells each. Call with their keys locked. */
  async moveAll({ organization, environment, id }: Customer, to: string, now: Date): Promise<void> {
    const all = await this.database.current().em.find(Workspace, { organization, environment, customerId: id });
    for (const workspace of all) {
      Object.assign(workspace, { customerId: to, updatedAt: now, versionN: workspace.versionN + 1 });
      this.tell(workspace);
    }
  }

  /** Tells the present state again, with the version it has. Call with the workspace's key locked. */
  tell(workspace: Workspace): void {
    this.outbox.announce(WorkspaceChanged, workspace, toWorkspaceChanged(workspace));
  }

  private async locked(scope: Scope, id: string): Promise<Workspace> {
    if (!isWorkspaceId(id)) throw new WorkspaceNotFound(id);
    await lockKeys(this.database.current(), [workspaceKeyOf({ ...scope, id })]);
    return this.one(scope, id);
  }

  private change(workspace: Workspace, members: WorkspaceMember[], now: Date): Workspace {
    if (!hasOwner(members)) throw new OwnerMissing();
    if (sameJson(members, workspace.members)) return workspace;
    Object.assign(workspace, { members, updatedAt: now, versionN: workspace.versionN + 1 });
    this.tell(workspace);
    return workspace;
  }
}
