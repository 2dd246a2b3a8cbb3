import { ENVIRONMENTS, type OrganizationChanged } from '@turnpike/contracts-events';
import type { OrganizationResponse } from '@turnpike/contracts-http';
import type { Organization } from './organization.entity.js';

export function toOrganizationChanged(row: Organization): OrganizationChanged {
  return {
    organizationId: row.id,
    name: row.name,
    dataResidency: row.dataResidency,
    isOpen: row.isOpen,
    createdAt: row.createdAt.toISOString(),
    version: { epoch: row.versionEpoch, n: row.versionN },
  };
}

/** @param rows one organization's, of all its environments; at least one */
export function toOrganizationResponse(rows: readonly [Organization, ...Organization[]]): OrganizationResponse {
  const [{ id, name, dataResidency, createdAt }] = rows;
  return {
    id,
    name,
    dataResidency,
    environments: ENVIRONMENTS.filter((environment) => rows.some((row) => row.environment === environment && row.isOpen)),
    createdAt: createdAt.toISOString(),
  };
}
