import { DomainError } from '@turnpike/service';

/** Nobody has this id, or another organization or environment does: the same words for both. */
export class WorkspaceNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'workspace_not_found';
  constructor(workspaceId: string) {
    super(
      `Workspace ${workspaceId.slice(0, 64)} is not known here. Ids begin with wksp_; GET /v1/workspaces?customer=… lists a customer's.`,
    );
  }
}

export class MemberNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'member_not_found';
  constructor(workspaceId: string, memberId: string) {
    super(`${memberId.slice(0, 64)} is no member of workspace ${workspaceId}.`);
  }
}

export class WorkspaceExists extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'workspace_exists';
  override readonly facts: Readonly<Record<string, string>>;
  constructor(externalId: string, workspaceId: string) {
    super(`Workspace ${workspaceId} of this customer has the external id ${externalId.slice(0, 64)} already.`);
    this.facts = { workspaceId };
  }
}

/** A workspace without an owner would have nobody to handle its billing. */
export class OwnerMissing extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'owner_missing';
  constructor() {
    super('A workspace has at least one owner. Make another member the owner first.');
  }
}
