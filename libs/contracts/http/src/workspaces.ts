import { z } from 'zod';
import { ExternalId, Id, Instant, Limit, PersonText } from './fields.js';
import { goesOneWay, listOf, ONE_WAY } from './list.js';
import { VersionResponse } from './standing.js';

/** Owners and billing members handle billing (requirements S5, S35). */
const Role = z.enum(['owner', 'billing', 'member']);

/** One person of a workspace, by the caller's id; who they are is the caller's to know. */
const Member = z.object({ memberId: ExternalId, role: Role });

/** `GET /v1/workspaces/:id`. */
export const WorkspaceResponse = z
  .looseObject({
    id: Id,
    customerId: Id,
    /** The caller's own id of the workspace. */
    externalId: z.string().nullable(),
    name: z.string().nullable(),
    members: z.array(Member),
    /** Keys of usage-based features that are switched on here. */
    enabledUsageFeatures: z.array(z.string()),
    createdAt: Instant,
    updatedAt: Instant,
    version: VersionResponse,
  })
  .meta({ id: 'WorkspaceResponse' });
export type WorkspaceResponse = z.output<typeof WorkspaceResponse>;

/** `POST /v1/workspaces`. */
export const WorkspacesCreateRequest = z
  .object({
    /** Our id of the customer, or the caller's own. */
    customer: ExternalId,
    externalId: ExternalId.optional(),
    name: PersonText.optional(),
    /** At least one owner among them. Of a member who is named twice, the later role counts. */
    members: z.array(Member).min(1).max(1_000),
  })
  .meta({ id: 'WorkspacesCreateRequest' });
export type WorkspacesCreateRequest = z.output<typeof WorkspacesCreateRequest>;

/** `PUT /v1/workspaces/:id/members/:memberId`. */
export const WorkspaceMemberRequest = z.object({ role: Role }).meta({ id: 'WorkspaceMemberRequest' });
export type WorkspaceMemberRequest = z.output<typeof WorkspaceMemberRequest>;

/** The query of `GET /v1/workspaces`: one customer's, newest first. */
export const WorkspacesListRequest = z
  .object({
    /** Our id of the customer, or the caller's own. */
    customer: ExternalId,
    limit: Limit,
    starting_after: Id.optional(),
    ending_before: Id.optional(),
  })
  .refine(goesOneWay, ONE_WAY)
  .meta({ id: 'WorkspacesListRequest' });
export type WorkspacesListRequest = z.output<typeof WorkspacesListRequest>;

export const WorkspacesListResponse = listOf(WorkspaceResponse).meta({ id: 'WorkspacesListResponse' });
export type WorkspacesListResponse = z.output<typeof WorkspacesListResponse>;
