import { z } from 'zod';
import { ApiKeyCreatedResponse } from './api-keys.js';
import { Instant } from './fields.js';

const Environment = z.enum(['sandbox', 'test', 'live']);

/** `GET /v1/organization`: who the caller's API key belongs to. */
export const OrganizationResponse = z
  .looseObject({
    /** Chosen when it was made, for ever: part of every row and message. */
    id: z.string(),
    name: z.string(),
    /** The region that its data must stay in. Null: wherever this installation is. */
    dataResidency: z.string().nullable(),
    /** The environments that may be used. Without `live` it is a test organization. */
    environments: z.array(Environment),
    createdAt: Instant,
  })
  .meta({ id: 'OrganizationResponse' });
export type OrganizationResponse = z.output<typeof OrganizationResponse>;

/** `POST /internal/organizations`, for who runs the installation. The id makes it repeatable: what exists is answered as it is. */
export const OrganizationCreateRequest = z
  .object({
    id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, _ and -, at most 64'),
    name: z.string().trim().min(1).max(200),
    dataResidency: z.string().trim().min(1).max(64).nullable().default(null),
    environments: z
      .array(Environment)
      .min(1)
      .default(['sandbox', 'test', 'live'])
      .transform((list) => [...new Set(list)]),
  })
  .meta({ id: 'OrganizationCreateRequest' });
export type OrganizationCreateRequest = z.output<typeof OrganizationCreateRequest>;

export const OrganizationCreatedResponse = z
  .looseObject({
    organization: OrganizationResponse,
    /** One of each open environment when the organization is new, shown this once; none when it was there already. */
    apiKeys: z.array(ApiKeyCreatedResponse),
  })
  .meta({ id: 'OrganizationCreatedResponse' });
export type OrganizationCreatedResponse = z.output<typeof OrganizationCreatedResponse>;
