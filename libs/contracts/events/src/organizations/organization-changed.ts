import { z } from 'zod';
import { type DataOf, defineTopic } from '../define-topic.js';
import { Id, Instant } from '../fields.js';
import { Version } from '../version.js';

/**
 * An organization as it stands in one of its environments, told once for each: the scope says which. A "test organization" is one whose
 * live environment was never opened (requirement U8, X12).
 */
export const OrganizationChanged = defineTopic({
  name: 'organizations.organization.changed.v1',
  kind: 'state',
  burial: 'heals',
  key: (organization) => organization.organizationId,
  order: (organization) => organization.organizationId,
  data: z.object({
    organizationId: Id,
    name: z.string().min(1),
    /** The region that its data must stay in (architecture rule 10). Null: wherever this installation is. */
    dataResidency: z.string().nullable(),
    /** Whether this environment may be used. */
    isOpen: z.boolean(),
    createdAt: Instant,
    version: Version,
  }),
});
export type OrganizationChanged = DataOf<typeof OrganizationChanged>;
