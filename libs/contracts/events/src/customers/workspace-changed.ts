import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';

/** One person of a workspace. Who they are is the caller's to know: only the id is kept here. */
export const WorkspaceMember = z.object({
  /** The caller's id of the person. */
  memberId: z.string().min(1),
  /** Owner and billing members handle billing (requirements S5, S35). */
  role: z.enum(['owner', 'billing', 'member']),
});
export type WorkspaceMember = z.output<typeof WorkspaceMember>;

/** A customer's workspace and who works in it. A customer without one is asked about as a whole. */
export const WorkspaceChanged = defineTopic({
  name: 'customers.workspace.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (workspace) => workspace.workspaceId,
  order: (workspace) => workspace.customerId,
  data: z.object({
    workspaceId: Id,
    customerId: Id,
    /** The id that our caller knows it by. */
    externalId: z.string().min(1).nullable(),
    name: z.string().nullable(),
    members: z.array(WorkspaceMember),
    /** Keys of usage-based features that are switched on here (requirement S9). */
    enabledUsageFeatures: z.array(z.string().min(1)),
    deletedAt: Instant.nullable(),
    version: Version,
  }),
});
export type WorkspaceChanged = DataOf<typeof WorkspaceChanged>;
