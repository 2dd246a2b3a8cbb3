import type { WorkspaceMember } from '@turnpike/contracts-events';

/** Who works in a workspace after one of them got a role, new or old; the order of their coming stays. */
export function withRole(members: readonly WorkspaceMember[], memberId: string, role: WorkspaceMember['role']): WorkspaceMember[] {
  if (!members.some((member) => member.memberId === memberId)) return [...members, { memberId, role }];
  return members.map((member) => (member.memberId === memberId ? { memberId, role } : member));
}

export function without(members: readonly WorkspaceMember[], memberId: string): WorkspaceMember[] {
  return members.filter((member) => member.memberId !== memberId);
}

/** Without an owner nobody could handle billing, or name another who may (requirement S5). */
export function hasOwner(members: readonly WorkspaceMember[]): boolean {
  return members.some(({ role }) => role === 'owner');
}
