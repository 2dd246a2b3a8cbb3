import { Migration } from '@mikro-orm/migrations';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabases, type FreshDatabases } from '@turnpike/testing';
import { Database } from './database.js';
import { idempotencyTable, type KeptAnswer, type KeyedRequest, once } from './idempotency.js';
import { ORGANIZATION_FUNCTION, protectTable } from './row-level-security.js';

class Notes extends Migration {
  override up(): void {
    this.addSql(ORGANIZATION_FUNCTION);
    this.addSql('create table note (organization text not null, text text not null)');
    for (const statement of [...protectTable('notes', 'note'), ...idempotencyTable('notes')]) this.addSql(statement);
  }
}

const request: KeyedRequest = {
  scope: { organization: 'acme', environment: 'test' },
  apiKey: 'tk_test_of_acme',
  key: 'first',
  path: '/v1/notes',
  body: { text: 'hello' },
};

describe('a POST with an Idempotency-Key', () => {
  let databases: FreshDatabases;
  let database: Database;
  beforeAll(async () => {
    databases = await freshDatabases([{ service: 'notes', migrations: [{ name: 'Migration20261121000000_notes', class: Notes }] }]);
    database = await Database.open({ url: databases.of('notes').url, service: 'notes', entities: [] });
  });
  afterAll(async () => {
    await database.close();
    await databases.drop();
  });

  const send = (changes: Partial<KeyedRequest> = {}, work?: () => Promise<KeptAnswer>) => {
    const sent = { ...request, ...changes };
    const { organization } = sent.scope;
    return database.transaction(organization, (transaction) =>
      once(
        transaction,
        sent,
        work ??
          (async () => {
            await transaction.sql('insert into note values ($1, $2)', [organization, sent.key]);
            return { status: 201, body: { secret: `shown once to ${organization}` } };
          }),
      ),
    );
  };
  const notes = async (text: string) =>
    (await databases.inside('notes').query<{ organization: string }>('select organization from note where text = $1', [text])).rows.length;

  it('takes effect once, and its repeats get the first answer', async () => {
    expect(await send()).toEqual({ status: 201, body: { secret: 'shown once to acme' }, isReplay: false });
    expect(await send()).toEqual({ status: 201, body: { secret: 'shown once to acme' }, isReplay: true });
    expect(await notes('first')).toBe(1);
  });

  it.each([
    ['another body', { body: { text: 'other' } }],
    ['another path', { path: '/v1/others' }],
    ['another API key', { apiKey: 'tk_test_the_next' }],
  ])('is refused when its key comes with %s', async (_what, changes) => {
    await send({ key: 'reused' });
    await expect(send({ key: 'reused', ...changes })).rejects.toMatchObject({ code: 'idempotency_key_reused', status: 422 });
    expect(await notes('reused')).toBe(1);
  });

  it.each([undefined, '', '  ', 'x'.repeat(256)])('is refused with the key %p', async (key) => {
    await expect(send({ key })).rejects.toMatchObject({ code: 'idempotency_key_missing', kind: 'invalid' });
  });

  it('may be sent again after a refusal, which is not kept', async () => {
    await expect(send({ key: 'mended' }, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(await send({ key: 'mended', body: { text: 'mended' } })).toMatchObject({ isReplay: false });
  });

  it('is told to wait while the same one is under way', async () => {
    let letGo = () => {};
    let begun = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const first = send({ key: 'slow' }, async () => {
      begun();
      await held;
      return { status: 200, body: null };
    });
    await hasBegun;
    await expect(send({ key: 'slow' })).rejects.toMatchObject({ code: 'idempotency_key_in_use', kind: 'conflict' });
    letGo();
    expect(await first).toMatchObject({ isReplay: false });
    expect(await send({ key: 'slow' })).toMatchObject({ isReplay: true });
  });

  it('does not meet the key of another organization or environment', async () => {
    await send({ key: 'shared' });
    expect(await send({ key: 'shared', scope: { organization: 'globex', environment: 'test' } })).toMatchObject({ isReplay: false });
    expect(await send({ key: 'shared', scope: { organization: 'acme', environment: 'live' } })).toMatchObject({ isReplay: false });
  });

  it('is a new request after a day', async () => {
    await send({ key: 'old' });
    await databases.inside('notes').query(`update idempotency set created_at = now() - interval '25 hours' where key = 'old'`);
    expect(await send({ key: 'old', body: 'another' })).toMatchObject({ isReplay: false });
    expect(await notes('old')).toBe(2);
  });

  it('leaves nothing in the database that was shown only once', async () => {
    await send({ key: 'sealed' });
    const { rows } = await databases.inside('notes').query<{ answer: Buffer }>('select answer from idempotency');
    expect(rows.filter(({ answer }) => answer.includes('shown once'))).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  });
});
