import type { Environment } from '@turnpike/contracts-events';
import { wireKey } from '@turnpike/contracts-events';
import type { Database, Log, PostgresPool, Transaction } from '@turnpike/service';
import type { HeardEpochs, ToldEpoch } from './heard-epochs.js';
import type { Copy, Keeps, TopicHandler } from './incoming.js';
import { lockKeys } from './lock-keys.js';

const ROWS_PER_PAGE = 100;
const AGAIN_MS = 5_000;

interface CopyRow extends Record<string, unknown> {
  environment: Environment;
  id: string;
  ordered_by: string;
}

/**
 * Takes away what a reader still keeps of an earlier epoch once the whole state has been told in the next: it was told in a time that is
 * lost, and its writer knows nothing of it (road 2.0 c). Page by page, outside every handler, and again after a crash. A copy whose
 * message lies among the dead letters stays: that it was not understood does not mean that it is not there.
 */
export class Lapses {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(
    private readonly parts: {
      readonly database: Database;
      readonly infrastructure: PostgresPool;
      readonly epochs: Pick<HeardEpochs, 'whole' | 'done'>;
      readonly handlers: () => ReadonlyMap<string, TopicHandler>;
      readonly log: Log;
    },
  ) {}

  /** Looks for topics that have been told whole. */
  lookSoon(ms = 0): void {
    if (this.isStopping) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.running = this.running.then(() => this.look())), ms);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Makes whatever is told next of an organization newer than every copy of it: for the rebuild of one (road 2.0 h). */
  async forgetVersions(organization: string): Promise<string[]> {
    const topics: string[] = [];
    for (const [topic, { keeps }] of this.parts.handlers()) {
      if (!keeps) continue;
      await this.parts.database.transaction(organization, (transaction) =>
        transaction.sql(`update "${keeps.table}" set version_epoch = 0, version_n = 0, revision = revision + 1 where organization = $1`, [
          organization,
        ]),
      );
      topics.push(topic);
    }
    return topics;
  }

  private async look(): Promise<void> {
    try {
      for (const told of await this.parts.epochs.whole()) {
        if (!(await this.takeAway(told))) return;
        await this.parts.epochs.done(told);
      }
    } catch (error) {
      this.parts.log.warn('road.epoch.not-cleared', {
        error: error instanceof Error ? error : new Error(String(error)),
        retryInMs: AGAIN_MS,
      });
      this.lookSoon(AGAIN_MS);
    }
  }

  /** @returns whether it came to its end */
  private async takeAway(told: ToldEpoch): Promise<boolean> {
    const handler = this.parts.handlers().get(told.topic);
    const keeps = handler?.keeps;
    if (!handler || !keeps) return true;
    const { rows } = await this.parts.infrastructure.query<{ organization: string }>(
      `select distinct organization from place where topic = $1 and organization <> '' order by organization`,
      [told.topic],
    );
    let copies = 0;
    for (const { organization } of rows) {
      for (let taken = ROWS_PER_PAGE; taken === ROWS_PER_PAGE; copies += taken) {
        if (this.isStopping) return false;
        taken = await this.parts.database.transaction(organization, (transaction) => page(transaction, handler, keeps, told));
      }
    }
    if (copies > 0) this.parts.log.warn('road.epoch.lapsed', { topic: told.topic, epoch: told.epoch, copies });
    return true;
  }
}

/** Their order keys are locked before anything is decided: the same entity may be told again at this moment. */
async function page(transaction: Transaction, handler: TopicHandler, keeps: Keeps, { topic, epoch }: ToldEpoch): Promise<number> {
  const { organization } = transaction;
  const found = await transaction.sql<CopyRow>(
    `select environment, id, "${keeps.orderedBy ?? 'id'}" as ordered_by from "${keeps.table}" k
      where organization = $1 and version_epoch < $2 and version_epoch > 0
        and not exists (select 1 from dead_letter d where d.organization = k.organization and d.topic = $3 and d.epoch >= $2
                           and d.key = k.organization || '/' || k.environment || '/' || k.id)
      order by environment, id limit ${ROWS_PER_PAGE}`,
    [organization, String(epoch), topic],
  );
  if (found.length === 0) return 0;
  await lockKeys(
    transaction,
    found.map((row) => wireKey({ organization, environment: row.environment }, row.ordered_by)),
  );
  const still = await transaction.sql<CopyRow>(
    `select environment, id, "${keeps.orderedBy ?? 'id'}" as ordered_by from "${keeps.table}"
      where organization = $1 and version_epoch < $2 and version_epoch > 0 and (environment, id) in (select * from unnest($3::text[], $4::text[])) for update`,
    [organization, String(epoch), found.map((row) => row.environment), found.map((row) => row.id)],
  );
  const copies = still.map((row): Copy => {
    const scope = { organization, environment: row.environment };
    return { scope, id: row.id, orderedBy: row.ordered_by, epoch: Number(epoch) };
  });
  if (copies.length > 0) await (handler.lapsed?.(copies) ?? forget(transaction, keeps, copies));
  return found.length;
}

/** Deletes copies. What a handler's `lapsed` does when nothing hangs on them but what it has told itself. */
export async function forget(transaction: Transaction, keeps: Keeps, copies: readonly Copy[]): Promise<void> {
  await transaction.sql(
    `delete from "${keeps.table}" where organization = $1 and (environment, id) in (select * from unnest($2::text[], $3::text[]))`,
    [transaction.organization, copies.map(({ scope }) => scope.environment), copies.map(({ id }) => id)],
  );
}

/** Marks copies as deleted, where the table has `deleted_at`: what was told of them is answered as of anything that is deleted. */
export async function markDeleted(transaction: Transaction, table: string, copies: readonly Copy[], now: Date): Promise<void> {
  await transaction.sql(
    `update "${table}" k set deleted_at = coalesce(deleted_at, $2), version_epoch = c.epoch, version_n = 0, revision = revision + 1
       from unnest($3::text[], $4::text[], $5::bigint[]) as c(environment, id, epoch)
      where k.organization = $1 and k.environment = c.environment and k.id = c.id`,
    [
      transaction.organization,
      now,
      copies.map(({ scope }) => scope.environment),
      copies.map(({ id }) => id),
      copies.map(({ epoch }) => epoch),
    ],
  );
}
