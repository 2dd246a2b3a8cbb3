import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Environment, Scope } from '@turnpike/contracts-events';
import type { StripeLane, StripeLaneRates, StripeRateRequest, StripeRateResponse } from '@turnpike/contracts-http';
import { Database, inTransaction, type PostgresPool, type PostgresPoolClient } from '@turnpike/service';
import { ConnectionRowsService } from './connection-rows.service.js';
import { grantFor, type HeldShare, perEndpointOf, rateKeyOf, rateNow } from './stripe-rate.rules.js';

/** Short, so that the share of a process that died is free soon; its holder asks again after half of it. */
const LEASE_SECONDS = 2;

export interface StripeRatesParts {
  readonly database: Database;
  readonly rows: ConnectionRowsService;
  /** As the infrastructure role; ended with the service. */
  readonly pool: PostgresPool;
  /** Requests a second to one account, of all processes together. */
  readonly limits: Readonly<Record<Environment, number>>;
}

interface AccountRow extends Record<string, unknown> {
  lowered_to: number | null;
  lowered_at: Date | null;
  now: Date;
}

type ShareRow = { holder: string } & Record<`${'wanted' | 'granted'}_${StripeLane}`, number>;

/** Locks the account: whoever asks meanwhile waits for this answer. */
const ACCOUNT = `insert into stripe_rate (account) values ($1)
  on conflict (account) do update set account = excluded.account returning lowered_to, lowered_at, clock_timestamp() as now`;
const LOWER = 'update stripe_rate set lowered_to = $2, lowered_at = $3 where account = $1';
const OVER = 'delete from stripe_rate_share where account = $1 and until <= $2';
const OTHERS = 'select * from stripe_rate_share where account = $1 and holder <> $2';
const KEEP = `insert into stripe_rate_share
    (account, holder, until, wanted_person, wanted_writes, wanted_sync, wanted_backfill, granted_person, granted_writes, granted_sync, granted_backfill)
  values ($1, $2, $3::timestamptz, $4, $5, $6, $7, $8, $9, $10, $11)
  on conflict (account, holder) do update set until = excluded.until,
    wanted_person = excluded.wanted_person, wanted_writes = excluded.wanted_writes, wanted_sync = excluded.wanted_sync, wanted_backfill = excluded.wanted_backfill,
    granted_person = excluded.granted_person, granted_writes = excluded.granted_writes, granted_sync = excluded.granted_sync, granted_backfill = excluded.granted_backfill`;

/**
 * Shares out the rate of each Stripe account among all processes that speak to it (architecture rule 16). Who has what stands in the database,
 * so replicas of this service give nothing twice.
 */
@Injectable()
export class StripeRatesService implements OnModuleDestroy {
  /** A connection's account never changes (architecture rule 8). */
  private readonly keys = new Map<string, string>();

  constructor(private readonly parts: StripeRatesParts) {}

  /** Gives a process its share in the place of the one it had. @throws ConnectionNotFound */
  async share(scope: Scope, connectionId: string, { holder, wanted, answered, refused }: StripeRateRequest): Promise<StripeRateResponse> {
    const account = await this.keyOf(scope, connectionId);
    const limit = this.parts.limits[scope.environment];
    return inTransaction(this.parts.pool, async (client) => {
      const { rows } = await client.query<AccountRow>(ACCOUNT, [account]);
      const [known] = rows;
      if (!known) throw new Error('PostgreSQL returned nothing for a row that it has just written.');
      const { now, lowered_to: perSecond, lowered_at: at } = known;
      const before = perSecond === null || at === null ? null : { perSecond, at: at.getTime() };
      const rate = rateNow(limit, before, { answered, refused, now: now.getTime() });
      if (rate.lowered !== before)
        await client.query(LOWER, [account, rate.lowered?.perSecond ?? null, rate.lowered === null ? null : new Date(rate.lowered.at)]);
      await client.query(OVER, [account, now]);
      const granted = grantFor(rate.perSecond, { holder, wanted }, await othersOf(client, account, holder));
      const until = new Date(now.getTime() + LEASE_SECONDS * 1000);
      await client.query(KEEP, [account, holder, until, ...columnsOf(wanted), ...columnsOf(granted)]);
      return { granted, perEndpoint: perEndpointOf(scope.environment, limit), seconds: LEASE_SECONDS };
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.parts.pool.end();
  }

  private async keyOf(scope: Scope, connectionId: string): Promise<string> {
    const { organization, environment } = scope;
    const id = `${organization}/${environment}/${connectionId}`;
    const known = this.keys.get(id);
    if (known !== undefined) return known;
    const { stripeAccountId } = await this.parts.database.transaction(organization, () => this.parts.rows.one(scope, connectionId));
    const key = rateKeyOf(environment, connectionId, stripeAccountId);
    if (stripeAccountId !== null) this.keys.set(id, key);
    return key;
  }
}

async function othersOf(client: PostgresPoolClient, account: string, holder: string): Promise<HeldShare[]> {
  const { rows } = await client.query<ShareRow>(OTHERS, [account, holder]);
  return rows.map((row) => ({
    holder: row.holder,
    wanted: { person: row.wanted_person, writes: row.wanted_writes, sync: row.wanted_sync, backfill: row.wanted_backfill },
    granted: { person: row.granted_person, writes: row.granted_writes, sync: row.granted_sync, backfill: row.granted_backfill },
  }));
}

function columnsOf({ person, writes, sync, backfill }: StripeLaneRates): number[] {
  return [person, writes, sync, backfill];
}
