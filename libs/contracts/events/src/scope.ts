import { z } from 'zod';

export const ENVIRONMENTS = ['sandbox', 'test', 'live'] as const;

/** Sandbox and test never meet live data (architecture rule 8); outside live nothing reaches a stranger (rule 17). */
export const Environment = z.enum(ENVIRONMENTS);
export type Environment = z.output<typeof Environment>;

/** Lower case, so that an id survives file systems, host names and URLs; no slash, so that `organization/environment/…` can be taken apart. */
export const OrganizationId = z.string().regex(/^[a-z0-9_-]{1,64}$/);

/** Whose a row or a message is: part of every primary key and of every message key. */
export const Scope = z.object({ organization: OrganizationId, environment: Environment });
export type Scope = z.output<typeof Scope>;
