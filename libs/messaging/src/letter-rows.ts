import type { DeadLetterFilter } from '@turnpike/contracts-http';

/** A dead letter as it lies in its reader's database. */
export interface LetterRow extends Record<string, unknown> {
  organization: string;
  environment: 'sandbox' | 'test' | 'live';
  topic: string;
  partition: number;
  epoch: string;
  number: string;
  message_id: string;
  key: string;
  order_key: string;
  headers: Record<string, string>;
  body: Buffer | null;
  state: 'buried' | 'parked';
  code: string;
  cause: string;
  attempts: number;
  buried_at: Date;
}

export const FROM_LETTERS = 'from dead_letter';

/** A condition, with its values from $1 on. */
export interface Matching {
  readonly where: string;
  readonly values: readonly unknown[];
  readonly parking: readonly string[];
}

const MATCHES = `($1::text is null or topic = $1) and ($2::text is null or organization = $2) and ($3::text is null or environment = $3)
  and ($4::text is null or code = $4) and ($5::timestamptz is null or buried_at >= $5) and ($6::timestamptz is null or buried_at <= $6)
  and ($7::uuid[] is null or message_id = any($7))`;

/**
 * Which letters a filter means.
 * @param parking topics whose letters wait behind each other: of these a whole order key is meant as soon as one of its letters is
 */
export function matching({ topic, organization, environment, code, since, until, ids }: DeadLetterFilter, parking?: string[]): Matching {
  const values = [topic ?? null, organization ?? null, environment ?? null, code ?? null, since ?? null, until ?? null, ids ?? null];
  if (!parking) return { where: MATCHES, values, parking: [] };
  return {
    where: `((${MATCHES}) or (topic = any($8::text[]) and (organization, topic, order_key) in
      (select organization, topic, order_key from dead_letter where topic = any($8) and ${MATCHES})))`,
    values: [...values, parking],
    parking,
  };
}

/** What a replay keeps in order: one order key of one topic. */
export function lane({ organization, topic, order_key }: LetterRow): [string, string, string] {
  return [organization, topic, order_key];
}

/** Before every letter. */
export function noCursor(): string[] {
  return ['', '', '', '0', '0'];
}
