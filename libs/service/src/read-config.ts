import { z } from 'zod';

/** A setting is missing or wrong. The message names every one of them with what it is for. */
export class ConfigInvalid extends Error {
  constructor(service: string, problems: readonly string[]) {
    super(`${service} cannot start with this environment:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigInvalid';
  }
}

/**
 * Reads a service's environment once, at its start; nobody else touches `process.env`.
 * @throws ConfigInvalid naming every wrong setting; values are never quoted, since some are secrets
 */
export function readConfig<S extends z.ZodObject>(
  service: string,
  schema: S,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): z.infer<S> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const read = schema.safeParse(present);
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? '');
    const field: unknown = schema.shape[name];
    const meaning = field instanceof z.ZodType ? field.description : undefined;
    return `${name}: ${name in present ? issue.message : 'is not set'}${meaning ? ` (${meaning})` : ''}`;
  });
  throw new ConfigInvalid(service, problems);
}
