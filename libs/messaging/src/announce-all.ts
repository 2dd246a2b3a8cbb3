import { ENVIRONMENTS, type Environment, type Scope, type Topic } from '@turnpike/contracts-events';
import type { AnnounceAllRequest } from '@turnpike/contracts-http';
import { type Database, InputInvalid, type Log, type Row, type Transaction } from '@turnpike/service';
import { v7 as uuidv7 } from 'uuid';
import { lockKeys } from './lock-keys.js';

/** Rows per transaction: their keys are locked together, and handlers of the same objects wait so long. */
const ROWS_PER_PAGE = 100;
const TRIES_PER_PAGE = 5;
const BETWEEN_TRIES_MS = 500;

/** A row of a told table: its id and the columns that were asked for. */
export type ToldRow = Row & { readonly id: string };

/** A state topic of ours, the table whose rows are told on it, and who tells them. */
export interface ToldTopic {
  readonly topic: Topic;
  /** A table of ours with the primary key (organization, environment, id). */
  readonly table: string;
  /** Its columns that `lockKeyOf` needs beside the id. */
  readonly columns?: readonly string[];
  /** What everybody locks who changes this row: its order key, as on the wire. Told without it, a state could land behind a newer one (road 1.1). */
  lockKeyOf(scope: Scope, row: ToldRow): string;
  /** Announces the present state of these rows, each with the version it has, in this transaction. */
  tell(transaction: Transaction, environment: Environment, ids: readonly string[]): Promise<void>;
}

export interface AnnounceAllParts {
  readonly service: string;
  readonly database: Database;
  readonly log: Log;
  readonly told: readonly ToldTopic[];
  /** Every organization that may have rows here. */
  readonly organizations: { list(): Promise<readonly string[]> };
}

interface Run {
  readonly id: string;
  readonly wanted: AnnounceAllRequest;
}

/**
 * Tells the present state of everything again, each with the version it has: a new, restored or lapsed reader asks for it (architecture
 * rule 4). Readers that have it already see the same version and change nothing. What is behind a service's announce-all door.
 */
export class AnnounceAll {
  private readonly waiting = new Set<Run>();
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(private readonly parts: AnnounceAllParts) {}

  /**
   * Asks for a run, or joins one that has not begun and tells at least as much. One under way is not joined: it may have passed what the
   * caller has lost since, and who keeps its places while it rebuilds would not hear of that again (road 2.0 h).
   * @returns the id of the run that answers the request; it goes on after the answer
   * @throws InputInvalid for a topic that is written elsewhere and for an organization that is not known here
   */
  async start(wanted: AnnounceAllRequest): Promise<string> {
    await this.assertOurs(wanted);
    for (const run of this.waiting) {
      if (isWithin(wanted, run.wanted)) return run.id;
    }
    const run = { id: uuidv7(), wanted };
    this.waiting.add(run);
    this.running = this.running.then(() => this.run(run));
    return run.id;
  }

  /** Nest's, before the database closes. Stops between two pages; a reader that still needs the rest asks again. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.running;
  }

  private async assertOurs({ topic, organization }: AnnounceAllRequest): Promise<void> {
    const { told, organizations } = this.parts;
    if (topic !== undefined && !told.some((one) => one.topic.name === topic)) {
      const ours = told.map((one) => one.topic.name).join(' and ');
      throw new InputInvalid([
        { pointer: '/topic', code: 'topic_of_another_writer', message: `is not written here; this service writes ${ours}` },
      ]);
    }
    if (organization !== undefined && !(await organizations.list()).includes(organization)) {
      throw new InputInvalid([{ pointer: '/organization', code: 'unknown_organization', message: 'is not known here' }]);
    }
  }

  private async run(run: Run): Promise<void> {
    const { service, log, told, organizations } = this.parts;
    const { id, wanted } = run;
    this.waiting.delete(run);
    const topics = told.filter((one) => wanted.topic === undefined || one.topic.name === wanted.topic);
    let announced = 0;
    try {
      const all = await organizations.list();
      for (const organization of all.filter((one) => wanted.organization === undefined || one === wanted.organization)) {
        for (const environment of ENVIRONMENTS) {
          for (const one of topics) announced += await this.tellAll(one, { organization, environment });
        }
      }
      log.info('announce-all.finished', { runId: id, announced, isWhole: !this.isStopping });
    } catch (error) {
      log.error('announce-all.failed', {
        runId: id,
        announced,
        error: asError(error),
        next: `ask again: POST /internal/${service}/announce-all`,
      });
    }
  }

  private async tellAll(told: ToldTopic, scope: Scope): Promise<number> {
    let announced = 0;
    let after: string | null = '';
    while (after !== null && !this.isStopping) {
      const page: readonly string[] = await this.tellPage(told, scope, after);
      announced += page.length;
      after = page.length < ROWS_PER_PAGE ? null : (page.at(-1) ?? null);
    }
    return announced;
  }

  /** A page that met another writer, or a database on its way back, is the same page a moment later. */
  private async tellPage(told: ToldTopic, scope: Scope, after: string): Promise<readonly string[]> {
    const { database, log } = this.parts;
    for (let tries = 1; ; tries += 1) {
      try {
        return await database.transaction(scope.organization, (transaction) => tellPage(transaction, told, scope, after));
      } catch (error) {
        if (tries === TRIES_PER_PAGE || this.isStopping) throw error;
        log.warn('announce-all.page.repeated', {
          organization: scope.organization,
          topic: told.topic.name,
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
async function tellPage(transaction: Transaction, told: ToldTopic, scope: Scope, after: string): Promise<readonly string[]> {
  const columns = ['id', ...(told.columns ?? [])].map((column) => `"${column}"`).join(', ');
  const rows = await transaction.sql<ToldRow>(
    `select ${columns} from "${told.table}" where organization = $1 and environment = $2 and id > $3 order by id limit $4`,
    [scope.organization, scope.environment, after, ROWS_PER_PAGE],
  );
  if (rows.length === 0) return [];
  await lockKeys(
    transaction,
    rows.map((row) => told.lockKeyOf(scope, row)),
  );
  const ids = rows.map((row) => row.id);
  await told.tell(transaction, scope.environment, ids);
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
