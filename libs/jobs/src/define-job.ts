import type { z } from 'zod';

/** Delayed or repeated work of one app: what it is called and what it is told. */
export interface Job<Schema extends z.ZodType = z.ZodType> {
  /** `<verb>-<noun>`, as the file that does it: `verify-connection`. */
  readonly name: string;
  /** What it is told: ids. It looks up the rest when it runs, which may be much later. */
  readonly data: Schema;
  /** How often it is tried again before it is given up. The pauses grow from a second to an hour. */
  readonly retries: number;
}

export type DataOfJob<J extends Job> = z.output<J['data']>;

const JOB_NAME = /^[a-z]+(-[a-z]+)+$/;

/** @param job.retries 40 unless told: with growing pauses, more than a day */
export function defineJob<Schema extends z.ZodType>(job: { name: string; data: Schema; retries?: number }): Job<Schema> {
  if (!JOB_NAME.test(job.name)) throw new Error(`"${job.name}" is no job name: <verb>-<noun>, in lower case.`);
  return Object.freeze({ retries: 40, ...job });
}
