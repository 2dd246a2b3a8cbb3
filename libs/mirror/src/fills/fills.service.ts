import { type HistoryGapFound, type Scope, wireKey } from '@turnpike/contracts-events';
import type { FillResponse, FillsCreateRequest, FillsListRequest, FillsListResponse } from '@turnpike/contracts-http';
import { lockKeys } from '@turnpike/messaging';
import { type Database, isId, newId, pageOf, pageOptions, pageWhere } from '@turnpike/service';
import type { MirroredKind } from '../mirrored-kind.js';
import { Fill } from './fill.entity.js';
import { ConnectionNotMirrored, KindNotListed } from './fill.errors.js';
import { toFillResponse } from './fill.mapping.js';
import { Segments } from './segments.js';

/**
 * A connection is new: the gateway says in a moment which history is missing, and the walk then covers it. Without a word of it the walk begins
 * by itself after this time.
 */
const GATEWAY_SPEAKS_WITHIN_MS = 20_000;
const DAY_MS = 86_400_000;

const DUE = `insert into fill_due (organization, environment, fill_id, due_at) values ($1, $2, $3, $4)
  on conflict (organization, environment, fill_id) do update set due_at = least(fill_due.due_at, excluded.due_at)`;
const DUE_NO_MORE = 'delete from fill_due where organization = $1 and environment = $2 and fill_id = $3';

export interface FillsParts {
  readonly database: Database;
  readonly kinds: readonly MirroredKind[];
  /** How many days there are between the beginnings of two comparisons; 0: there are none. */
  readonly compareWithinDays: number;
  /** Told after a commit that a walk is due now. */
  readonly wake: () => void;
}

interface Wanted {
  readonly because: Fill['because'];
  /** When it is due. */
  readonly at: Date;
  /** What was walked before does not count: another walk follows the one under way. Null: any will do. */
  readonly after: Date | null;
}

/**
 * Which lists are to be walked, and how far that has come. Every method runs in the transaction of its caller; the walking is `Filling`'s.
 */
export class Fills {
  constructor(private readonly parts: FillsParts) {}

  /** A connection works. Kinds that were never filled are, and those are tried again whose fill has failed. */
  async connected(scope: Scope, connectionId: string, now: Date): Promise<void> {
    for (const type of this.typesIn(scope)) {
      await this.lock(scope, connectionId, type);
      const latest = await this.latest(scope, connectionId, type);
      if (latest !== null && latest.state !== 'failed') continue;
      const at = latest === null ? new Date(now.getTime() + GATEWAY_SPEAKS_WITHIN_MS) : now;
      await this.want(scope, connectionId, type, { because: 'connection', at, after: null }, now);
    }
  }

  /** Events will never tell what happened for a while: everything is listed, by a walk that begins after the gap. */
  async missingHistory(scope: Scope, { connectionId, until }: Pick<HistoryGapFound, 'connectionId' | 'until'>, now: Date): Promise<void> {
    const after = new Date(until);
    for (const type of this.typesIn(scope)) {
      await this.lock(scope, connectionId, type);
      if (await this.isCovered(scope, connectionId, type, after)) continue;
      await this.want(scope, connectionId, type, { because: 'history', at: now, after }, now);
    }
  }

  /** A person wants everything read again. @throws ConnectionNotMirrored, KindNotListed */
  async request(scope: Scope, { connectionId, kinds }: FillsCreateRequest, now: Date): Promise<FillResponse[]> {
    const listed = this.typesIn(scope);
    const unknown = kinds?.find((kind) => !listed.includes(kind));
    if (unknown !== undefined) throw new KindNotListed(unknown, listed);
    const { organization, environment } = scope;
    const { em } = this.parts.database.current();
    if (connectionId.includes('\u0000') || (await em.count(Fill, { organization, environment, connectionId })) === 0)
      throw new ConnectionNotMirrored(connectionId);
    const answers: FillResponse[] = [];
    for (const type of listed.filter((one) => kinds?.includes(one) ?? true)) {
      await this.lock(scope, connectionId, type);
      const fill = await this.want(scope, connectionId, type, { because: 'person', at: now, after: null }, now);
      answers.push(await this.toResponse(fill, now));
    }
    return answers;
  }

  /** Newest first. */
  async list({ organization, environment }: Scope, query: FillsListRequest, now: Date): Promise<FillsListResponse> {
    const { connection_id: connectionId, kind: objectType, purpose } = query;
    // No row can hold U+0000, and PostgreSQL refuses the question.
    const isAskable = [connectionId, objectType].every((text) => !text?.includes('\u0000'));
    const where = {
      organization,
      environment,
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(objectType === undefined ? {} : { objectType }),
      ...(purpose === undefined ? {} : { purpose }),
      ...pageWhere(query, (text) => isId('fill', text)),
    };
    const rows = isAskable ? await this.parts.database.current().em.find(Fill, where, pageOptions(query)) : [];
    const page = pageOf(query, rows, (fill) => fill);
    const data: FillResponse[] = [];
    for (const fill of page.data) data.push(await this.toResponse(fill, now));
    return { ...page, data };
  }

  /** A walk has ended: the next comparison is planned, or the fill that is wanted again begins. Call with the fill's row changed. */
  async ended(fill: Fill, now: Date): Promise<void> {
    const scope = { organization: fill.organization, environment: fill.environment };
    const transaction = this.parts.database.current();
    await transaction.em.flush();
    await transaction.sql(DUE_NO_MORE, [fill.organization, fill.environment, fill.id]);
    if (fill.isWantedAgain) return void (await this.add(scope, fill, { purpose: 'fill', because: 'history', at: now }, now));
    const { compareWithinDays: days } = this.parts;
    if (fill.state === 'failed' || days <= 0) return;
    const at = new Date((fill.startedAt ?? now).getTime() + days * DAY_MS);
    await this.add(scope, fill, { purpose: 'comparison', because: 'schedule', at: at > now ? at : now }, now);
  }

  private async want(scope: Scope, connectionId: string, objectType: string, wanted: Wanted, now: Date): Promise<Fill> {
    const { organization, environment } = scope;
    const transaction = this.parts.database.current();
    const own = { organization, environment, connectionId, objectType };
    const underWay = await transaction.em.findOne(Fill, { ...own, finishedAt: null });
    if (underWay?.purpose === 'comparison') {
      Object.assign(underWay, { state: 'replaced', finishedAt: now });
      await transaction.em.flush();
      await new Segments(scope, underWay.id).removeAll(transaction);
      await transaction.sql(DUE_NO_MORE, [organization, environment, underWay.id]);
    } else if (underWay) {
      if (underWay.startedAt === null) await this.due(scope, underWay.id, wanted.at, now);
      else if (wanted.after !== null && underWay.startedAt < wanted.after) underWay.isWantedAgain = true;
      return underWay;
    }
    return this.add(scope, { connectionId, objectType }, { purpose: 'fill', because: wanted.because, at: wanted.at }, now);
  }

  private async add(
    { organization, environment }: Scope,
    { connectionId, objectType }: Pick<Fill, 'connectionId' | 'objectType'>,
    { purpose, because, at }: { purpose: Fill['purpose']; because: Fill['because']; at: Date },
    now: Date,
  ): Promise<Fill> {
    const { em } = this.parts.database.current();
    const fill = em.create(Fill, {
      ...{ organization, environment, id: newId('fill'), connectionId, objectType, purpose, because, state: 'waiting' },
      ...{ isWantedAgain: false, checkedUpTo: '', found: 0, taken: 0, doubted: 0, missing: 0, failureCode: null, failure: null },
      ...{ requestedAt: now, startedAt: null, finishedAt: null, revision: 1 },
    });
    await em.flush();
    await this.due({ organization, environment }, fill.id, at, now);
    return fill;
  }

  private async due({ organization, environment }: Scope, fillId: string, at: Date, now: Date): Promise<void> {
    const transaction = this.parts.database.current();
    await transaction.sql(DUE, [organization, environment, fillId, at]);
    if (at <= now) transaction.afterCommit('fills due', this.parts.wake);
  }

  private async latest({ organization, environment }: Scope, connectionId: string, objectType: string): Promise<Fill | null> {
    const where = { organization, environment, connectionId, objectType };
    return this.parts.database.current().em.findOne(Fill, where, { orderBy: { requestedAt: 'desc', id: 'desc' } });
  }

  private async isCovered({ organization, environment }: Scope, connectionId: string, objectType: string, after: Date): Promise<boolean> {
    const where = { organization, environment, connectionId, objectType, purpose: 'fill' as const, startedAt: { $gte: after } };
    return (await this.parts.database.current().em.count(Fill, { ...where, state: { $ne: 'failed' } })) > 0;
  }

  private async toResponse(fill: Fill, now: Date): Promise<FillResponse> {
    const { organization, environment } = fill;
    const sums = await new Segments({ organization, environment }, fill.id).sums(this.parts.database.current());
    return toFillResponse(fill, sums, now);
  }

  /** One request at a time about one connection and kind. A colon is in no id of a connection, so no object has this key. */
  private async lock(scope: Scope, connectionId: string, type: string): Promise<void> {
    await lockKeys(this.parts.database.current(), [wireKey(scope, `fill:/${connectionId}/${type}`)]);
  }

  private typesIn({ environment }: Scope): string[] {
    return this.parts.kinds.filter(({ walk }) => walk && (walk.environments?.includes(environment) ?? true)).map(({ type }) => type);
  }
}
