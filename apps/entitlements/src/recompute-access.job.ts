import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { defineJob, Jobs } from '@turnpike/jobs';
import { lockKeys } from '@turnpike/messaging';
import { Database, type Transaction } from '@turnpike/service';
import { z } from 'zod';
import { AccessService } from './access.service.js';
import { KnownPlanVersion } from './known-plan-version.entity.js';
import { MoveAccessJob } from './move-access.job.js';

/** What has changed that may be many customers'. */
const Cause = z.union([z.object({ planVersionId: z.string() }), z.object({ clockId: z.string() })]);
type Cause = z.output<typeof Cause>;

const RecomputeAccess = defineJob({ name: 'recompute-access', data: Cause });

/** Their order keys are locked together, and handlers of the same customers wait so long. */
const CUSTOMERS_PER_PAGE = 100;

/** Works out anew what all customers of a plan, or on a clock, may use: page by page, each in a transaction of its own. */
@Injectable()
export class RecomputeAccessJob {
  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly access: AccessService,
    moving: MoveAccessJob,
  ) {
    jobs.handle(RecomputeAccess, (cause, { scope }) => this.recomputeAll(scope, cause));
    moving.handle((scope, customerId, now) =>
      database.transaction(scope.organization, (transaction) => this.touchAll(transaction, scope, [customerId], now)),
    );
  }

  async enqueue(scope: Scope, cause: Cause): Promise<void> {
    await this.jobs.enqueue(RecomputeAccess, scope, cause, { key: 'planVersionId' in cause ? cause.planVersionId : cause.clockId });
  }

  private async recomputeAll(scope: Scope, cause: Cause): Promise<void> {
    for (let after: string | null = ''; after !== null;) {
      const from: string = after;
      after = await this.database.transaction(scope.organization, async (transaction) => {
        const ids = await pageOf(transaction, scope, cause, from);
        await this.touchAll(transaction, scope, ids, new Date());
        return ids.length < CUSTOMERS_PER_PAGE ? null : (ids.at(-1) ?? null);
      });
    }
  }

  private async touchAll(transaction: Transaction, scope: Scope, customerIds: readonly string[], now: Date): Promise<void> {
    await lockKeys(
      transaction,
      customerIds.map((id) => `${scope.organization}/${scope.environment}/${id}`),
    );
    for (const id of customerIds) this.access.touch(scope, id, now);
  }
}

async function pageOf(transaction: Transaction, scope: Scope, cause: Cause, after: string): Promise<string[]> {
  const { organization, environment } = scope;
  const page = (from: string, condition: string, value: unknown) =>
    transaction.sql<{ id: string }>(
      `select distinct customer_id as id from ${from}
        where organization = $1 and environment = $2 and ${condition} and customer_id > $4 order by customer_id limit ${CUSTOMERS_PER_PAGE}`,
      [organization, environment, value, after],
    );
  if ('clockId' in cause) return idsOf(await page('access', 'clock_id = $3', cause.clockId));
  const plan = await transaction.em.findOne(KnownPlanVersion, { organization, environment, id: cause.planVersionId });
  if (!plan) return [];
  // The free set is everybody's.
  if (plan.isFree) return idsOf(await page('access', '$3::text is null', null));
  return idsOf(await page('known_subscription', 'prices && $3::text[]', plan.prices));
}

function idsOf(rows: ReadonlyArray<{ id: string }>): string[] {
  return rows.map((row) => row.id);
}
