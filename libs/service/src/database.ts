import { AsyncLocalStorage } from 'node:async_hooks';
import { TransactionContext } from '@mikro-orm/core';
import { MikroORM, type EntityManager, type EntitySchema, type Options } from '@mikro-orm/postgresql';
import { giveBackLostConnections } from './lost-connections.js';
import { kyselyTransactionOn } from './kysely-transaction.js';
import { ANSWER_SECONDS, endSilentConnections, KEEP_ALIVE, type PostgresPool, type PostgresPoolClient } from './postgres.js';
import { prepared } from './prepared.js';
import { RowLevelSecurityMissing } from './row-level-security.js';
import { areTracesOn, type SpanStart, tracedPart } from './traces.js';

/** A row of a raw query: columns by name. */
export type Row = Record<string, unknown>;

export interface DatabaseOptions {
  readonly url: string;
  readonly service: string;
  readonly entities: EntitySchema[];
  readonly poolSize?: number;
  /** The longest silence to a statement before its connection is thrown away. Migrations have none: they take what they take. */
  readonly answerSeconds?: number;
}

/** What runs inside one transaction may ask of it. */
export interface Transaction {
  /** The one organization whose rows this transaction sees. */
  readonly organization: string;
  readonly em: EntityManager;
  /** A statement with `$1` parameters, bound and not spliced in, inside this transaction. Its text should be constant: it is prepared once. */
  sql<R extends Row>(text: string, parameters?: readonly unknown[]): Promise<R[]>;
  /** Runs after all changes were flushed and right before COMMIT; the first caller of a key wins. */
  beforeCommit(key: string, work: () => Promise<void>): void;
  /** Runs as the transaction's very last statement, when nothing can announce any more. */
  lastBeforeCommit(work: () => Promise<void>): void;
  /** Runs once the transaction is durable. It must not throw and cannot undo anything. */
  afterCommit(key: string, work: () => void): void;
}

const TRANSACTION: SpanStart = { name: 'transaction', kind: 'client', facts: { 'db.system.name': 'postgresql' } };

const current = new AsyncLocalStorage<Transaction & { database: Database }>();

/**
 * A service's own database, seen as its service role. One transaction per HTTP request or message batch: doors open it, everything
 * below uses the injected EntityManager and finds itself inside. The organization is set once, and row-level security raises
 * where it is not (architecture rule 9).
 */
export class Database {
  private pool: PostgresPool | null = null;

  private constructor(readonly orm: MikroORM) {}

  static async open(options: DatabaseOptions): Promise<Database> {
    return new Database(await MikroORM.init(ormOptions({ answerSeconds: ANSWER_SECONDS.service, ...options })));
  }

  get em(): EntityManager {
    return this.orm.em;
  }

  /** The pool that all transactions share, for those who look how busy it is. */
  async openedPool(): Promise<PostgresPool> {
    this.pool ??= await this.orm.em.getConnection().getNativeClient();
    return this.pool;
  }

  /** The transaction that the caller runs in. Throws when there is none: a statement outside would see no organization. */
  current(): Transaction {
    const transaction = current.getStore();
    if (!transaction || transaction.database !== this) throw new Error('This needs a transaction, and none is open here.');
    return transaction;
  }

  isInTransaction(): boolean {
    return current.getStore()?.database === this;
  }

  /**
   * Runs `work` in one transaction that sees exactly one organization, flushes, and commits; a throw rolls everything back.
   * Inside another transaction of the same organization it joins that one.
   */
  async transaction<T>(organization: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const outer = current.getStore();
    if (outer?.database === this) {
      if (outer.organization !== organization)
        throw new RowLevelSecurityMissing(`A transaction of ${outer.organization} was asked to act for ${organization}.`);
      return work(outer);
    }
    return areTracesOn() ? tracedPart(TRANSACTION, () => this.begin(organization, work)) : this.begin(organization, work);
  }

  private async begin<T>(organization: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const after = new Map<string, () => void>();
    const client = await (this.pool ?? (await this.openedPool())).connect();
    let broken: Error | undefined;
    let result: T;
    try {
      // One round trip, and the only value of ours that is ever spliced into a statement: the simple protocol takes two statements, and no parameters.
      await client.query(`begin; select set_config('turnpike.organization', ${client.escapeLiteral(organization)}, true)`);
      result = await this.inside(client, organization, work, after);
      const { command } = await client.query('commit');
      // The server answers so when a statement has failed and its error was swallowed.
      if (command !== 'COMMIT') throw new Error('The transaction was rolled back: one of its statements had failed.');
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      client.release(broken);
    }
    for (const step of after.values()) step();
    return result;
  }

  /** The transaction itself, on a connection that has begun one: the work, then what must come right before the commit. */
  private async inside<T>(
    client: PostgresPoolClient,
    organization: string,
    work: (transaction: Transaction) => Promise<T>,
    after: Map<string, () => void>,
  ): Promise<T> {
    const before = new Map<string, () => Promise<void>>();
    let last: (() => Promise<void>) | null = null;
    const em = this.orm.em.fork();
    em.setTransactionContext(await kyselyTransactionOn(client));
    const transaction: Transaction & { database: Database } = {
      database: this,
      organization,
      em,
      sql: async <R extends Row>(text: string, parameters: readonly unknown[] = []) =>
        (await prepared<R>(client, text, [...parameters])).rows,
      beforeCommit: (key, step) => void (before.has(key) || before.set(key, step)),
      lastBeforeCommit: (step) => void (last ??= step),
      afterCommit: (key, step) => void (after.has(key) || after.set(key, step)),
    };
    // The second is where an injected EntityManager finds its transaction.
    return current.run(transaction, () =>
      TransactionContext.create(em, async () => {
        const value = await work(transaction);
        await em.flush();
        for (const step of before.values()) await step();
        await last?.();
        return value;
      }),
    );
  }

  async close(): Promise<void> {
    await this.orm.close(true);
  }
}

/** Shared by services, migrations and the check that entities and migrations agree. */
export function ormOptions(options: DatabaseOptions): Options {
  return {
    clientUrl: options.url,
    entities: options.entities,
    contextName: options.service,
    forceUtcTimezone: true,
    discovery: { warnWhenNoEntities: false },
    pool: { min: 0, max: options.poolSize ?? 10 },
    driverOptions: {
      connectionTimeoutMillis: 5_000,
      ...KEEP_ALIVE,
      onPoolCreated: (pool: PostgresPool) => {
        giveBackLostConnections(pool);
        if (options.answerSeconds !== undefined) endSilentConnections(pool, options.answerSeconds);
      },
      application_name: `turnpike ${options.service}`,
      // A machine that dies inside a transaction must not hold its readers' places until TCP notices (road 2.0 j);
      // a row that is visible before it is durable could be published and then lost (road 1.3).
      options: '-c idle_in_transaction_session_timeout=15000 -c synchronous_commit=on',
    },
    debug: false,
    logger: () => undefined, // what matters is thrown; the rest would be noise beside one line per event
  };
}
