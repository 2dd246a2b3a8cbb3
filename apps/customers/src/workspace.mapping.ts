import type { WorkspaceChanged } from '@turnpike/contracts-events';
import type { WorkspaceResponse } from '@turnpike/contracts-http';
import type { Workspace } from './workspace.entity.js';

export function toWorkspaceChanged(workspace: Workspace): WorkspaceChanged {
  return {
    workspaceId: workspace.id,
    customerId: workspace.customerId,
    externalId: workspace.externalId,
    name: workspace.name,
    members: workspace.members,
    enabledUsageFeatures: workspace.enabledUsageFeatures,
    deletedAt: null,
    version: { epoch: workspace.versionEpoch, n: workspace.versionN },
  };
}

export function toWorkspaceResponse(workspace: Workspace): WorkspaceResponse {
  return {
    id: workspace.id,
    customerId: workspace.customerId,
    externalId: workspace.externalId,
    name: workspace.name,
    members: workspace.members,
    enabledUsageFeatures: workspace.enabledUsageFeatures,
    createdAt: workspace.createdAt.toISOString(),
    updatedAt: workspace.updatedAt.toISOString(),
    version: { epoch: workspace.versionEpoch, n: workspace.versionN },
  };
}
