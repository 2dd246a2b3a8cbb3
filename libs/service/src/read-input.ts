import type { z } from 'zod';
import { InputInvalid } from './problem.filter.js';

/** Parses what came in at a door that Nest does not guard. @throws InputInvalid with every place that is wrong */
export function readInput<S extends z.ZodType>(contract: S, asked: unknown): z.output<S> {
  const parsed = contract.safeParse(asked);
  if (parsed.success) return parsed.data;
  throw new InputInvalid(
    parsed.error.issues.map(({ path, code, message }) => ({ pointer: path.map((part) => `/${String(part)}`).join(''), code, message })),
  );
}
