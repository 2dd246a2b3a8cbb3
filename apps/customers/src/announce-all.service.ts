import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CustomerChanged, ENVIRONMENTS, type Environment, SubscriptionChanged } from '@turnpike/contracts-events';
import type { AnnounceAllRequest } from '@turnpike/contracts-http';
import { lockKeys } from '@turnpike/messaging';
import { Database, Declaration, InputInvalid, Log, type Transaction } from '@turnpike/service';
import { v7 as uuidv7 } from 'uuid';
import { Customer } from './customer.entity.js';
import { CustomersService } from './customers.service.js';
import { orderKeyOf } from './stripe-object.js';
import { Subscription } from './subscription.entity.js';
import { SubscriptionsService } from './subscriptions.service.js';

/** Rows per transaction: their order keys are locked together, and handlers of the same objects wait so long. */
const ROWS_PER_PAGE = 100;
const TRIES_PER_PAGE = 5;
const BETWEEN_TRIES_MS = 500;

interface Run {
  readonly id: string;
  readonly wanted: AnnounceAllRequest;
}

/** A topic of ours, the table whose rows are told on it, and who tells them. */
interface Told {
  readonly topic: string;
  readonly table: 'customer' | 'subscription';
  tell(transaction: Transaction, environment: Environment, ids: readonly string[]): Promise<void>;
}

/**
 * Tells the present state of everything again, each with the version it has: a new, restored or lapsed reader asks for it (architecture
 * rule 4). Readers that have it already see the same version and change nothing.
 */
@Injectable()
export class AnnounceAllService implements OnModuleDestroy {
  private readonly told: readonly Told[];
  private readonly waiting = new Set<Run>();
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(
    private readonly database: Database,
    private readonly declaration: Declaration,
    private readonly log: Log,
    customers: CustomersService,
    subscriptions: SubscriptionsService,
  ) {
    this.told = [
      {
        topic: CustomerChanged.name,
        table: 'customer',
        tell: async ({ em, organization }, environment, ids) => {
          for (const row of await em.find(Customer, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
            customers.tell(row);
        },
      },
      {
        topic: SubscriptionChanged.name,
        table: 'subscription',
        tell: async ({ em, organization }, environment, ids) => {
          for (const row of await em.find(Subscription, { organization, environment, id: { $in: [...ids] } }, { orderBy: { id: 'asc' } }))
            subscriptions.tell(row);
        },
      },
    ];
  }

  /**
   * Asks for a run, or joins one that has not begun and tells at least as much. One under way is not joined: it may have passed what the
   * caller has lost since, and who keeps its places while it rebuilds would not hear of that again (road 2.0 h).
   * @returns the id of the run that answers the request; it goes on after the answer
   * @throws InputInvalid for a topic that is written elsewhere and for an organization that is not declared
   */
  start(wanted: AnnounceAllRequest): string {
    this.assertOurs(wanted);
    for (const run of this.waiting) {
      if (isWithin(wanted, run.wanted)) return run.id;
    }
    const run = { id: uuidv7(), wanted };
    this.waiting.add(run);
    this.running = this.running.then(() => this.run(run));
    return run.id;
  }

  /** Stops between two pages; what was told is told, and a reader that still needs the rest asks again. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.running;
  }

  private assertOurs({ topic, organization }: AnnounceAllRequest): void {
    if (topic !== undefined && !this.told.some((one) => one.topic === topic)) {
      const ours = this.told.map((one) => one.topic).join(' and ');
      throw new InputInvalid([
        { pointer: '/topic', code: 'topic_of_another_writer', message: `is not written here; this service writes ${ours}` },
      ]);
    }
    if (organization !== undefined && !this.declaration.organizations().includes(organization)) {
      throw new InputInvalid([{ pointer: '/organization', code: 'unknown_organization', message: 'is not declared here' }]);
    }
  }

  private async run(run: Run): Promise<void> {
    const { id, wanted } = run;
    this.waiting.delete(run);
    const organizations = this.declaration
      .organizations()
      .filter((one) => wanted.organization === undefined || one === wanted.organization);
    const topics = this.told.filter((one) => wanted.topic === undefined || one.topic === wanted.topic);
    let announced = 0;
    try {
      for (const organization of organizations) {
        for (const environment of ENVIRONMENTS) {
          for (const told of topics) announced += await this.tellAll(told, organization, environment);
        }
      }
      this.log.info('announce-all.finished', { runId: id, announced, isWhole: !this.isStopping });
    } catch (error) {
      this.log.error('announce-all.failed', {
        runId: id,
        announced,
        error: asError(error),
        next: 'ask again: POST /internal/customers/announce-all',
      });
    }
  }

  private async tellAll(told: Told, organization: string, environment: Environment): Promise<number> {
    let announced = 0;
    let after: string | null = '';
    while (after !== null && !this.isStopping) {
      const page: readonly string[] = await this.tellPage(told, organization, environment, after);
      announced += page.length;
      after = page.length < ROWS_PER_PAGE ? null : (page.at(-1) ?? null);
    }
    return announced;
  }

  /** A page that met another writer, or a database on its way back, is the same page a moment later. */
  private async tellPage(told: Told, organization: string, environment: Environment, after: string): Promise<readonly string[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.database.transaction(organization, (transaction) => tellPage(transaction, told, environment, after));
      } catch (error) {
        if (tries === TRIES_PER_PAGE || this.isStopping) throw error;
        this.log.warn('announce-all.page.repeated', {
          organization,
          topic: told.topic,
          tries,
          error: asError(error),
          retryInMs: BETWEEN_TRIES_MS * tries,
        });
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS * tries));
      }
    }
  }
}

/** The rows are read under their objects' locks: a state that is told here can not land behind a newer one (road 1.1). */
async function tellPage(transaction: Transaction, told: Told, environment: Environment, after: string): Promise<readonly string[]> {
  const { organization } = transaction;
  const rows = await transaction.sql<{ id: string; connection_id: string; stripe_id: string }>(
    `select id, connection_id, coalesce(stripe_id, id) as stripe_id from ${told.table} where organization = $1 and environment = $2 and id > $3 order by id limit $4`,
    [organization, environment, after, ROWS_PER_PAGE],
  );
  const keys = rows.map((row) =>
    orderKeyOf({ scope: { organization, environment }, connectionId: row.connection_id, stripeId: row.stripe_id }),
  );
  await lockKeys(transaction, keys);
  const ids = rows.map((row) => row.id);
  await told.tell(transaction, environment, ids);
  return ids;
}

function isWithin(wanted: AnnounceAllRequest, whole: AnnounceAllRequest): boolean {
  return (
    (whole.topic === undefined || whole.topic === wanted.topic) &&
    (whole.organization === undefined || whole.organization === wanted.organization)
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
