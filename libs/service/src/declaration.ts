import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Environment = z.enum(['sandbox', 'test', 'live']);
const Id = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, _ and -, at most 64');

const ApiKey = z.object({
  /** SHA-256 of the whole key, hexadecimal. The key itself is shown once, when it is made, and kept nowhere. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  environment: Environment,
});

const Connection = z.object({
  id: Id,
  /** What the connection is for, for ever: live needs live-mode events, the others test-mode ones. */
  environment: Environment,
  /** Signing secrets of its webhook endpoint, newest first; two while one is being replaced. `env:NAME` reads one from the environment. */
  webhookSecrets: z.array(z.string().min(1)).min(1).max(2),
});

const Organization = z.object({
  id: Id,
  name: z.string().min(1),
  apiKeys: z.array(ApiKey).default([]),
  connections: z.array(Connection).default([]),
});

/**
 * Who may use this installation, as configuration kept in a file: `organizations` and `connections` read it when they start, and what it says
 * becomes rows of theirs. Ids are stable: they are part of every row. `npm run schemas` writes its JSON Schema to docs/declaration.schema.json.
 */
export const DeclarationFile = z
  .object({ $schema: z.string().optional(), organizations: z.array(Organization) })
  .refine((file) => unique(file.organizations.map((one) => one.id)), { message: 'two organizations have the same id' })
  .refine((file) => unique(file.organizations.flatMap((one) => one.connections.map((connection) => connection.id))), {
    message: 'two connections have the same id; a connection id is part of its webhook address and belongs to one organization',
  })
  .refine((file) => unique(file.organizations.flatMap((one) => one.apiKeys.map((key) => key.sha256))), {
    message: 'two API keys are the same',
  });
export type DeclarationFile = z.infer<typeof DeclarationFile>;

/** @throws Error that names the file and what is wrong in it */
export function readDeclaration(path: string): DeclarationFile {
  let file: unknown;
  try {
    file = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`The declaration ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const parsed = DeclarationFile.safeParse(file);
  if (!parsed.success) throw new Error(`The declaration ${path} is not valid:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export interface DeclaredScope {
  readonly organization: string;
  readonly environment: 'sandbox' | 'test' | 'live';
}

export interface DeclaredConnection extends DeclaredScope {
  readonly id: string;
  readonly webhookSecrets: readonly string[];
}

/** The connections that a file declares, with the secrets that it reads from the environment. @throws Error that names a variable which is not set */
export function declaredConnections(
  file: DeclarationFile,
  environment: Readonly<Record<string, string | undefined>>,
): readonly DeclaredConnection[] {
  return file.organizations.flatMap(({ id: organization, connections }) =>
    connections.map(({ id, environment: of, webhookSecrets }) => ({
      id,
      organization,
      environment: of,
      webhookSecrets: webhookSecrets.map((secret) => resolveSecret(secret, environment)),
    })),
  );
}

function resolveSecret(secret: string, environment: Readonly<Record<string, string | undefined>>): string {
  if (!secret.startsWith('env:')) return secret;
  const value = environment[secret.slice(4)];
  if (!value) throw new Error(`The declaration names the environment variable ${secret.slice(4)} for a webhook secret, and it is not set.`);
  return value;
}

function unique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
