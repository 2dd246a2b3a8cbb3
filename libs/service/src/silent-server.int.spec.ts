import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { adminUrl, TcpProxy } from '@turnpike/testing';
import { Database } from './database.js';
import { isDatabaseUnavailable } from './errors.js';
import { inTransaction, openPool, openSession, type PostgresClient, type PostgresPool } from './postgres.js';
import { toProblem } from './problem.filter.js';

const ANSWER_SECONDS = 1;

/** A machine that is replaced says no goodbye: what was open to it takes statements and never answers. */
describe('a server that vanishes without a word', () => {
  let proxy: TcpProxy;
  let database: Database;
  let pool: PostgresPool;
  beforeEach(async () => {
    proxy = await TcpProxy.before(adminUrl());
    const url = proxy.through(adminUrl());
    database = await Database.open({ url, service: 'silent', entities: [], poolSize: 2, answerSeconds: ANSWER_SECONDS });
    pool = openPool({ url, name: 'silent pool', size: 2, onError: () => undefined, answerSeconds: ANSWER_SECONDS });
  });
  afterEach(async () => {
    await database.close();
    await pool.end();
    await proxy.refuse();
  });

  const one = () => database.transaction('acme', ({ sql }) => sql('select 1'));
  const failureOf = async (work: Promise<unknown>) => {
    const begun = Date.now();
    const error = await work.then(
      () => null,
      (failure: unknown) => failure,
    );
    return { error, lasted: Date.now() - begun };
  };

  it('fails the statement in time, as unavailable, and gives its connection away: the next ones work', async () => {
    await Promise.all([one(), one()]);
    expect(proxy.loseTrack()).toBeGreaterThan(0);
    for (const { error, lasted } of await Promise.all([failureOf(one()), failureOf(one())])) {
      expect(isDatabaseUnavailable(error)).toBe(true);
      expect(toProblem(error, 'request').problem).toMatchObject({ status: 503, code: 'unavailable' });
      expect(lasted).toBeLessThan(ANSWER_SECONDS * 1000 + 1_000);
    }
    for (let times = 0; times < 4; times++) await one();
  });

  it('ends a transaction that it is lost in the middle of, without a second wait for its rollback', async () => {
    const cut = database.transaction('acme', async ({ sql }) => {
      await sql('select 1');
      proxy.loseTrack();
      await sql('select 2');
    });
    const { error, lasted } = await failureOf(cut);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(lasted).toBeLessThan(ANSWER_SECONDS * 1000 + 1_000);
    for (let times = 0; times < 4; times++) await one();
  });

  it('costs a pool outside the ORM no place', async () => {
    await Promise.all([pool.query('select 1'), pool.query('select 1')]);
    proxy.loseTrack();
    const lost = [pool.query('select 1'), inTransaction(pool, (client) => client.query('select 1'))].map(failureOf);
    for (const { error, lasted } of await Promise.all(lost)) {
      expect(isDatabaseUnavailable(error)).toBe(true);
      expect(lasted).toBeLessThan(ANSWER_SECONDS * 1000 + 1_000);
    }
    expect((await Promise.all([1, 2, 3].map((n) => pool.query('select $1::int as n', [n])))).map(({ rows }) => rows)).toEqual([
      [{ n: 1 }],
      [{ n: 2 }],
      [{ n: 3 }],
    ]);
  });

  it('ends a session, which its holder learns', async () => {
    let isEnded = false;
    const url = proxy.through(adminUrl());
    const onEnd = () => (isEnded = true);
    const session = await openSession({ url, name: 'silent session', idleSeconds: 60, onEnd, answerSeconds: ANSWER_SECONDS });
    await session.query('select 1');
    proxy.loseTrack();
    const { error } = await failureOf(session.query('select 1'));
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(isEnded).toBe(true);
    await session.end();
  });

  it('frees the locks of a session that is lost, so that the next one has them', async () => {
    const url = proxy.through(adminUrl());
    const open = () => openSession({ url, name: 'silent lock', idleSeconds: 60, onEnd: () => undefined, answerSeconds: ANSWER_SECONDS });
    const lock = async (session: PostgresClient) =>
      (await session.query<{ locked: boolean }>('select pg_try_advisory_lock(20261122) as locked')).rows[0]?.locked;
    const session = await open();
    expect(await lock(session)).toBe(true);
    proxy.loseTrack('waiting');
    const { error } = await failureOf(session.query('select 1'));
    expect(isDatabaseUnavailable(error)).toBe(true);
    const heir = await open();
    expect(await lock(heir)).toBe(true);
    await heir.end();
  });

  it('leaves a session alone whose statement takes long', async () => {
    const url = proxy.through(adminUrl());
    const session = await openSession({ url, name: 'slow', idleSeconds: 60, onEnd: () => undefined, answerSeconds: ANSWER_SECONDS });
    expect((await session.query('select pg_sleep($1)', [ANSWER_SECONDS * 3])).rowCount).toBe(1);
    await session.end();
  });

  it('is noticed also on a connection that had nothing to answer for longer', async () => {
    const session = await openSession({
      url: proxy.through(adminUrl()),
      name: 'silent later',
      idleSeconds: 60,
      onEnd: () => undefined,
      answerSeconds: ANSWER_SECONDS,
    });
    await new Promise((resolve) => setTimeout(resolve, ANSWER_SECONDS * 2_500));
    proxy.loseTrack();
    const { error } = await failureOf(session.query('select 1'));
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it('leaves a connection alone that has nothing to answer', async () => {
    const session = () => pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    const { rows } = await session();
    await new Promise((resolve) => setTimeout(resolve, ANSWER_SECONDS * 2_000));
    expect((await session()).rows).toEqual(rows);
  });
});
