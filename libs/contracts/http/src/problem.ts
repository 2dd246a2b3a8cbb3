import { z } from 'zod';

/** One field that is wrong. */
export const FieldProblem = z
  .looseObject({
    /** RFC 6901, from the body's root: `/items/0/quantity`. For a query, the parameter's name: `/limit`. */
    pointer: z.string(),
    /** Stable. */
    code: z.string(),
    /** A sentence. */
    message: z.string(),
  })
  .meta({ id: 'FieldProblem' });
export type FieldProblem = z.output<typeof FieldProblem>;

/** Every error of every service, as `application/problem+json` (RFC 9457). Programs read `code`, people read `title` and `detail`. */
export const Problem = z
  .looseObject({
    /** A URI reference that names the kind of problem; `about:blank` where the status says it all. */
    type: z.string(),
    title: z.string(),
    /** The HTTP status, again. */
    status: z.int().min(400).max(599),
    /** What to do about it. */
    detail: z.string().optional(),
    /** Names this one occurrence, and leads to its log lines. */
    instance: z.string().optional(),
    /** Stable, snake_case: `customer_not_found`. */
    code: z.string(),
    /** Stands in the log lines of the same request. */
    requestId: z.string(),
    errors: z.array(FieldProblem).optional(),
    /** What the sentence is about, for programs: ids, a limit. Which ones there are belongs to the code. */
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof Problem>;
