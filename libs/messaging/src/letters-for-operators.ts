import type { DeadLetterDetailResponse, DeadLetterResponse } from '@turnpike/contracts-http';
import { readCursor, writeCursor, type Database, type DeadLetterDesk, type Log, type PostgresPool } from '@turnpike/service';
import { causeOf } from './failure.rules.js';
import { readingOf, type TopicHandler } from './incoming.js';
import { FROM_LETTERS, lane, matching, noCursor, type LetterRow, type Matching } from './letter-rows.js';
import { lockKeys } from './lock-keys.js';
import { shownBody } from './shown-body.rules.js';

type Asked<Question extends keyof DeadLetterDesk> = Parameters<DeadLetterDesk[Question]>[0];
type Answer<Question extends keyof DeadLetterDesk> = Awaited<ReturnType<DeadLetterDesk[Question]>>;
type Failed = Answer<'replay'>['failed'][number];

/** The envelope, and nothing that somebody else put beside it. */
const ENVELOPE = /^(ce_|traceparent$|organization$|environment$|dataresidency$)/;

/** What those who run a service may do with its dead letters: look at them, bring them back, forget them. */
export class LettersForOperators implements DeadLetterDesk {
  constructor(
    private readonly parts: {
      readonly database: Database;
      readonly infrastructure: PostgresPool;
      /** By topic; asked anew each time, since handlers come after the road. */
      readonly handlers: () => ReadonlyMap<string, TopicHandler>;
      readonly log: Log;
    },
  ) {}

  /** The oldest first. */
  async list({ limit, cursor, ...which }: Asked<'list'>): Promise<Answer<'list'>> {
    const after = cursor === undefined ? null : readCursor(cursor, 6);
    const { where, values } = matching(which);
    const { rows } = await this.parts.infrastructure.query<LetterRow & { buried_exactly: string }>(
      `select *, buried_at::text as buried_exactly ${FROM_LETTERS} where ${where}
          and ($8::timestamptz is null or (buried_at, organization, topic, partition, epoch, number) > ($8, $9::text, $10::text, $11::int, $12::bigint, $13::bigint))
        order by buried_at, organization, topic, partition, epoch, number limit $14`,
      [...values, ...(after ?? [null, '', '', '0', '0', '0']), limit + 1],
    );
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      object: 'list',
      data: rows.slice(0, limit).map(toDeadLetter),
      has_more: last !== undefined,
      next_cursor: last
        ? writeCursor([last.buried_exactly, last.organization, last.topic, String(last.partition), last.epoch, last.number])
        : null,
    };
  }

  /** @returns null when there is none with this id */
  async show(messageId: string, { body: isBodyWanted }: { readonly body: boolean }): Promise<DeadLetterDetailResponse | null> {
    const { rows } = await this.parts.infrastructure.query<LetterRow>(
      `select * ${FROM_LETTERS} where message_id = $1::uuid order by buried_at desc limit 1`,
      [messageId],
    );
    const [row] = rows;
    if (!row) return null;
    return {
      ...toDeadLetter(row),
      orderKey: row.order_key,
      headers: Object.fromEntries(Object.entries(row.headers).filter(([name]) => ENVELOPE.test(name))),
      bodyBytes: row.body?.length ?? null,
      body: null,
      bodyProblem: null,
      ...(isBodyWanted ? bodyOf(row) : {}),
    };
  }

  /**
   * Brings dead letters back, per order key in the order of their numbers. It bypasses the place: the handler's own versions decide, so
   * that a replay older than what is known changes nothing (road 2.8). Each goes with its effect, in one transaction; the first that
   * fails again keeps what is behind it waiting where the contract parks, and there a lane is brought back whole, from its beginning.
   */
  async replay({ limit, cursor, dryRun, ...which }: Asked<'replay'>): Promise<Answer<'replay'>> {
    const selection = matching(which, this.parkingTopics());
    const asOf = await this.now();
    if (dryRun) {
      return { selected: await this.count(selection), asOf, replayed: 0, failed: [], waiting: 0, next_cursor: null };
    }
    const failed: Failed[] = [];
    let replayed = 0;
    let waiting = 0;
    let after = cursor === undefined ? noCursor() : readCursor(cursor, 5);
    for (let tried = 0; tried < limit; tried++) {
      const letter = await this.next(selection, after);
      if (!letter) return { selected: null, asOf, replayed, failed, waiting, next_cursor: null };
      after = [...lane(letter), letter.epoch, letter.number];
      const problem = await this.tryOnce(letter);
      if (problem === 'gone') continue;
      if (problem === null) {
        replayed++;
        continue;
      }
      failed.push({ messageId: letter.message_id, topic: letter.topic, ...problem });
      if (!selection.parking.includes(letter.topic)) continue;
      waiting += await this.countBehind(letter);
      after = [...lane(letter), LAST, LAST];
    }
    return { selected: null, asOf, replayed, failed, waiting, next_cursor: writeCursor(after) };
  }

  /** Forgets letters for ever: exactly those that are asked for, not what waits behind them. */
  async drop({ limit, dryRun, ...which }: Asked<'drop'>): Promise<Answer<'drop'>> {
    const selection = matching(which);
    const asOf = await this.now();
    if (dryRun) return { selected: await this.count(selection), asOf, dropped: 0, has_more: false };
    const { rows } = await this.parts.infrastructure.query<LetterRow>(
      `select organization, topic, partition, epoch, number, message_id, code ${FROM_LETTERS} where ${selection.where}
        order by buried_at, organization, topic, partition, epoch, number limit $8`,
      [...selection.values, limit + 1],
    );
    let dropped = 0;
    const byOrganization = Map.groupBy(rows.slice(0, limit), (row) => row.organization);
    for (const [organization, letters] of byOrganization) dropped += await this.forget(organization, letters);
    return { selected: null, asOf, dropped, has_more: rows.length > limit };
  }

  private parkingTopics(): string[] {
    return [...this.parts.handlers().values()].filter(({ topic }) => topic.burial === 'parks').map(({ topic }) => topic.name);
  }

  private async now(): Promise<string> {
    const { rows } = await this.parts.infrastructure.query<{ now: string }>(
      `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`,
    );
    const [row] = rows;
    if (!row) throw new Error('The database does not know the time.');
    return row.now;
  }

  private async count({ where, values }: Matching): Promise<number> {
    const { rows } = await this.parts.infrastructure.query<{ count: string }>(`select count(*) ${FROM_LETTERS} where ${where}`, [
      ...values,
    ]);
    return Number(rows[0]?.count ?? 0);
  }

  private async countBehind({ organization, topic, order_key, epoch, number }: LetterRow): Promise<number> {
    const { rows } = await this.parts.infrastructure.query<{ count: string }>(
      `select count(*) ${FROM_LETTERS} where organization = $1 and topic = $2 and order_key = $3 and (epoch, number) > ($4::bigint, $5::bigint)`,
      [organization, topic, order_key, epoch, number],
    );
    return Number(rows[0]?.count ?? 0);
  }

  /**
   * Lane by lane, and in a lane by number. A lane that waits in order is gone through to its end once it is begun: the letter for which it
   * was meant may be gone by then.
   */
  private async next({ where, values, parking }: Matching, after: readonly string[]): Promise<LetterRow | undefined> {
    const at = values.length;
    const isBegun = parking.includes(after[1] ?? '');
    const same = `(organization, topic, order_key) = ($${at + 1}::text, $${at + 2}::text, $${at + 3}::text)`;
    const { rows } = await this.parts.infrastructure.query<LetterRow>(
      `select * ${FROM_LETTERS} where (${where}${isBegun ? ` or ${same}` : ''})
          and (organization, topic, order_key, epoch, number) > ($${at + 1}::text, $${at + 2}::text, $${at + 3}::text, $${at + 4}::bigint, $${at + 5}::bigint)
        order by organization, topic, order_key, epoch, number limit 1`,
      [...values, ...after],
    );
    return rows[0];
  }

  /** @returns null when it took effect, `gone` when somebody else has brought it back meanwhile, otherwise why it stays */
  private async tryOnce(letter: LetterRow): Promise<{ code: string; cause: string } | 'gone' | null> {
    const handler = this.parts.handlers().get(letter.topic);
    if (!handler) return { code: 'topic_not_heard', cause: 'This service does not hear this topic any more: drop the letter.' };
    try {
      if (!(await this.replayOne(handler, letter))) return 'gone';
      this.parts.log.info('road.dead-letter.replayed', {
        topic: letter.topic,
        messageId: letter.message_id,
        organization: letter.organization,
      });
      return null;
    } catch (error) {
      const { code, message } = causeOf(error);
      await this.keepCause(letter, code, message);
      return { code, cause: message };
    }
  }

  /** Its payload names what has to be locked with it, so it is read before and taken under the locks. */
  private replayOne(handler: TopicHandler, letter: LetterRow): Promise<boolean> {
    const { headers, key, body } = letter;
    const message = { offset: 0n, epoch: BigInt(letter.epoch), number: BigInt(letter.number), key, headers, body };
    const reading = readingOf(handler, message);
    return this.parts.database.transaction(letter.organization, async (transaction) => {
      await lockKeys(transaction, reading.keys);
      const taken = await transaction.sql(
        `delete from dead_letter where organization = $1 and topic = $2 and partition = $3 and epoch = $4 and number = $5 returning number`,
        [letter.organization, letter.topic, letter.partition, letter.epoch, letter.number],
      );
      if (taken.length === 0) return false;
      if (reading.event === null) throw reading.problem;
      await handler.prepare?.([reading.event]);
      await handler.handle(reading.event);
      return true;
    });
  }

  private async keepCause(letter: LetterRow, code: string, cause: string): Promise<void> {
    await this.parts.database.transaction(letter.organization, (transaction) =>
      transaction.sql(
        `update dead_letter set attempts = attempts + 1, code = $6, cause = $7 where organization = $1 and topic = $2 and partition = $3 and epoch = $4 and number = $5`,
        [letter.organization, letter.topic, letter.partition, letter.epoch, letter.number, code, cause],
      ),
    );
  }

  private async forget(organization: string, letters: readonly LetterRow[]): Promise<number> {
    const gone = await this.parts.database.transaction(organization, (transaction) =>
      transaction.sql<{ topic: string; message_id: string; code: string }>(
        `delete from dead_letter where organization = $1 and (topic, partition, epoch, number) in (select * from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]))
         returning topic, message_id, code`,
        [
          organization,
          letters.map(({ topic }) => topic),
          letters.map(({ partition }) => partition),
          letters.map(({ epoch }) => epoch),
          letters.map(({ number }) => number),
        ],
      ),
    );
    // What is lost on purpose can be found again in the log, at least by its id.
    for (const { topic, message_id: messageId, code } of gone)
      this.parts.log.info('road.dead-letter.dropped', { topic, messageId, organization, code });
    return gone.length;
  }
}

/** After every number of a lane: the largest that PostgreSQL's bigint holds. */
const LAST = '9223372036854775807';

function bodyOf({ body }: LetterRow): Pick<DeadLetterDetailResponse, 'body' | 'bodyProblem'> {
  if (body === null) return { body: null, bodyProblem: 'It has none: it tells a deletion.' };
  try {
    return { body: shownBody(JSON.parse(body.toString('utf8'))), bodyProblem: null };
  } catch {
    return { body: null, bodyProblem: 'It is not JSON.' };
  }
}

function toDeadLetter(row: LetterRow): DeadLetterResponse {
  return {
    organization: row.organization,
    environment: row.environment,
    topic: row.topic,
    partition: row.partition,
    epoch: Number(row.epoch),
    number: row.number,
    messageId: row.message_id,
    key: row.key,
    state: row.state,
    code: row.code,
    cause: row.cause,
    attempts: row.attempts,
    buriedAt: row.buried_at.toISOString(),
  };
}
