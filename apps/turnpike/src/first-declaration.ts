import { randomBytes } from 'node:crypto';
import type { DeclarationFile } from '@turnpike/service';

/** The organization that a new installation starts with. Its id is stable, so it stays. */
export const FIRST_ORGANIZATION = { id: 'example', name: 'Example Inc.' };

/** What a new installation declares: its first organization and one connection of its sandbox. API keys are made by `organizations`. */
export function firstDeclaration(): DeclarationFile {
  return {
    organizations: [
      {
        ...FIRST_ORGANIZATION,
        apiKeys: [],
        connections: [{ id: 'conn_sandbox', environment: 'sandbox', webhookSecrets: [`whsec_${randomBytes(24).toString('base64url')}`] }],
      },
    ],
  };
}
