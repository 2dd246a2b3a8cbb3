import type { AccessChanged, AccessStretch } from '@turnpike/contracts-events';
import type { Access } from './access.entity.js';
import type { DecidedStretch } from './access.rules.js';
import type { KnownWorkspace } from './known-workspace.entity.js';

/** What of a row is worked out from the facts; the rest is who it is, and which version. */
export type AccessState = Pick<
  Access,
  | 'externalId'
  | 'workspaceExternalId'
  | 'billingMemberIds'
  | 'memberIds'
  | 'stretches'
  | 'clockId'
  | 'clockAt'
  | 'level'
  | 'hasHadAccess'
  | 'move'
  | 'nextChangeAt'
  | 'deletedAt'
>;

export function toAccessChanged(access: Access): AccessChanged {
  return {
    customerId: access.customerId,
    externalId: access.externalId,
    workspaceId: access.workspaceId,
    workspaceExternalId: access.workspaceExternalId,
    billingMemberIds: access.billingMemberIds,
    memberIds: access.memberIds,
    stretches: access.stretches,
    clockId: access.clockId,
    clockAt: access.clockAt?.toISOString() ?? null,
    move: access.move,
    deletedAt: access.deletedAt?.toISOString() ?? null,
    version: { epoch: access.versionEpoch, n: access.versionN },
  };
}

/** The message's key, which is the row's id too. */
export function accessId(customerId: string, workspaceId: string | null): string {
  return workspaceId === null ? customerId : `${customerId}/${workspaceId}`;
}

export function toAccessStretch({ from, until, level, reason, features, sources, nonBilling }: DecidedStretch): AccessStretch {
  return { from, until, level, reason, features, sources, nonBilling };
}

/** Who works in these workspaces; who handles billing in one of them handles the customer's. Sorted, so that order is no news. */
export function membersOf(workspaces: readonly KnownWorkspace[]): Pick<AccessState, 'billingMemberIds' | 'memberIds'> {
  const members = workspaces.flatMap((workspace) => workspace.members);
  const billing = members.filter((member) => member.role !== 'member');
  const ids = (list: typeof members) => [...new Set(list.map((member) => member.memberId))].sort();
  return { billingMemberIds: ids(billing), memberIds: ids(members) };
}
