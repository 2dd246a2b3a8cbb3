import { createHash, randomBytes } from 'node:crypto';
import type { DeclarationFile } from '@turnpike/service';

/** What a new installation starts with: one organization, its sandbox, one connection, one API key. Ids are stable, so these stay. */
export function firstDeclaration(): { declaration: DeclarationFile; apiKey: string } {
  const apiKey = `tk_sandbox_${randomBytes(24).toString('base64url')}`;
  const declaration: DeclarationFile = {
    organizations: [
      {
        id: 'example',
        name: 'Example Inc.',
        apiKeys: [{ sha256: createHash('sha256').update(apiKey).digest('hex'), environment: 'sandbox' }],
        connections: [{ id: 'conn_sandbox', environment: 'sandbox', webhookSecrets: [`whsec_${randomBytes(24).toString('base64url')}`] }],
      },
    ],
  };
  return { declaration, apiKey };
}
