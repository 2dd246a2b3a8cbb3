import { randomUUID } from 'node:crypto';
import type { Environment, Scope } from '@turnpike/contracts-events';
import type { Queryable } from '@turnpike/service';

/** A walk that this process alone goes on with, until its lease is over. */
export interface LeasedFill {
  readonly scope: Scope;
  readonly fillId: string;
  /** Failures in a row before this turn. */
  readonly tries: number;
  readonly lease: string;
}

interface LeasedRow extends Record<string, unknown> {
  organization: string;
  environment: Environment;
  fill_id: string;
  tries: number;
}

/** Whose turn has come first; a turn is short, so everybody's comes. */
const LEASE = `
with due as (
  select organization, environment, fill_id from fill_due
   where due_at <= clock_timestamp() and held_until <= clock_timestamp()
   order by due_at limit $1 for update skip locked
)
update fill_due f set lease = $2, held_until = clock_timestamp() + make_interval(secs => $3)
  from due where f.organization = due.organization and f.environment = due.environment and f.fill_id = due.fill_id
returning f.organization, f.environment, f.fill_id, f.tries`;

const MINE = 'where organization = $1 and environment = $2 and fill_id = $3 and lease = $4';
const HOLD = `update fill_due set held_until = clock_timestamp() + make_interval(secs => $5) ${MINE}`;
const GIVE_BACK = `update fill_due set lease = null, held_until = '-infinity', tries = $6, due_at = clock_timestamp() + make_interval(secs => $5) ${MINE}`;

/** Leases walks over all organizations, as the infrastructure role. */
export class FillQueue {
  constructor(private readonly infrastructure: Queryable) {}

  async lease(most: number, seconds: number): Promise<LeasedFill[]> {
    const lease = randomUUID();
    const { rows } = await this.infrastructure.query<LeasedRow>(LEASE, [most, lease, seconds]);
    return rows.map(({ organization, environment, fill_id: fillId, tries }) => ({
      scope: { organization, environment },
      fillId,
      tries,
      lease,
    }));
  }

  /** Keeps a lease for so much longer. */
  async hold(leased: LeasedFill, seconds: number): Promise<void> {
    await this.infrastructure.query(HOLD, [...keyOf(leased), seconds]);
  }

  /** Gives it back: its next turn is in so many seconds. Nothing happens to one that is over. */
  async giveBack(leased: LeasedFill, seconds: number, tries: number): Promise<void> {
    await this.infrastructure.query(GIVE_BACK, [...keyOf(leased), seconds, tries]);
  }
}

function keyOf({ scope, fillId, lease }: LeasedFill): string[] {
  return [scope.organization, scope.environment, fillId, lease];
}
