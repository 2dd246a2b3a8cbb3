import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const AGO = /^(\d{1,6})([smhd])$/;
const DATE_OR_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * A point in time as a person types it: `2h` ago, `2026-11-21` (its beginning, UTC), `2026-11-21T09:00Z`.
 * @returns RFC 3339 in UTC
 * @throws InvalidArgumentError
 */
export function instantOf(text: string, now: Date = new Date()): string {
  const [, count, unit] = AGO.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return new Date(now.getTime() - Number(count) * (UNIT_MS[unit] ?? 0)).toISOString();
  const time = DATE_OR_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('A time looks like 2h (ago), 2026-11-21 or 2026-11-21T09:00Z.');
  return new Date(time).toISOString();
}
