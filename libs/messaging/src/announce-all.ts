import { ENVIRONMENTS, type Environment, type Scope, type Topic } from '@turnpike/contracts-events';
import type { AnnounceAllRequest } from '@turnpike/contracts-http';
import { type Database, InputInvalid, type Log, type Row, type Transaction } from '@turnpike/service';
import { v7 as uuidv7 } from 'uuid';
import type { Epochs, WholeStateTeller } from './epochs.js';
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
  readonly epochs: Pick<Epochs, 'current' | 'ended' | 'toldBy'>;
}

interface Run {
  readonly id: string;
  readonly wanted: AnnounceAllRequest;
  /** Of the service's database when the run began; null while it waits. */
  epoch: number | null;
  /** Whether all of it was told. */
  whole: Promise<boolean>;
}

/**
 * Tells the present state of everything again, each with the version it has: a new, restored or lapsed reader asks for it (architecture
 * rule 4). Readers that have it already see the same version and change nothing. What is behind a service's announce-all door. In a new epoch
 * each state is newer than whatever was told before, and a marker on every partition ends what was told: what is not among it never
 * was (road 2.0 c).
 */
export class AnnounceAll implements WholeStateTeller {
  private readonly waiting = new Set<Run>();
  private underWay: Run | null = null;
  private running: Promise<unknown> = Promise.resolve();
  private isStopping = false;

  constructor(private readonly parts: AnnounceAllParts) {
    parts.epochs.toldBy(this);
  }

  /**
   * Asks for a run, or joins one that has not begun and tells at least as much. One under way may have passed what the caller has lost
   * since, and who keeps its places while it rebuilds would not hear of that again (road 2.0 h): it is joined only by who asks for
   * what is told in its epoch, and so has lost nothing but what was told before that (road 2.0 c).
   * @returns the id of the run that answers the request; it goes on after the answer
   * @throws InputInvalid for a topic that is written elsewhere and for an organization that is not known here
   */
  async start(wanted: AnnounceAllRequest): Promise<string> {
    await this.assertOurs(wanted);
    return this.join(wanted).id;
  }

  /** For the road, when an epoch begins. */
  tellEverything(): Promise<boolean> {
    return this.join({}).whole;
  }

  private join(wanted: AnnounceAllRequest): Run {
    for (const run of this.waiting) if (isWithin(wanted, run.wanted)) return run;
    const { underWay } = this;
    if (underWay && wanted.epoch !== undefined && underWay.epoch === wanted.epoch && isWithin(wanted, underWay.wanted)) return underWay;
    const run: Run = { id: uuidv7(), wanted, epoch: null, whole: Promise.resolve(false) };
    this.waiting.add(run);
    run.whole = this.running.then(() => this.run(run));
    this.running = run.whole;
    return run;
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

  private async run(run: Run): Promise<boolean> {
    const { service, epochs, log, told, organizations } = this.parts;
    const { id, wanted } = run;
    this.waiting.delete(run);
    const topics = told.filter((one) => wanted.topic === undefined || one.topic.name === wanted.topic);
    let announced = 0;
    try {
      const epoch = await epochs.current();
      run.epoch = epoch;
      this.underWay = run;
      const all = await organizations.list();
      for (const organization of all.filter((one) => wanted.organization === undefined || one === wanted.organization)) {
        for (const environment of ENVIRONMENTS) {
          for (const one of topics) announced += await this.tellAll(one, { organization, environment });
        }
      }
      const names = topics.map((one) => one.topic.name);
      const isWhole =
        !this.isStopping && (wanted.organization !== undefined || (await epochs.ended(epoch, names, topics.length === told.length)));
      log.info('announce-all.finished', { runId: id, announced, epoch, isWhole });
      return isWhole;
    } catch (error) {
      log.error('announce-all.failed', {
        runId: id,
        announced,
        error: asError(error),
        next: `ask again: POST /internal/${service}/announce-all`,
      });
      return false;
    } finally {
      this.underWay = null;
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
