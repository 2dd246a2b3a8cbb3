import { afterEach, describe, expect, it } from '@jest/globals';
import type {
  DeadLetterDetailResponse,
  DeadLetterFilter,
  DeadLettersDropResponse,
  DeadLettersListResponse,
  DeadLettersReplayResponse,
} from '@turnpike/contracts-http';
import { CountingWorld, until, type CountingNode } from '@turnpike/testing';

/** What those who run a service do with messages that were really buried by its reader. */
describe('dead letters for operators', () => {
  let world: CountingWorld;
  let reader: CountingNode;
  afterEach(async () => world?.close());

  type Told = { counter: string; version: number; poison?: 'bug' | 'domain'; topic?: 'state' | 'log'; organization?: string };

  /** Tells, lets a reader hear it, and waits until so many letters lie there. */
  async function buried(told: readonly Told[], letters: number): Promise<DeadLettersListResponse['data']> {
    world = await CountingWorld.open('in-process');
    const writer = await world.start('writer');
    for (const { topic = 'state', organization = 'acme', ...data } of told)
      await writer.ask({ ask: 'announce', organization, topic, data });
    reader = await world.start('reader', { logLevel: 'silent' });
    await until(`${letters} letters lie there`, async () => (await list()).data.length === letters);
    return (await list()).data;
  }
  const list = (which: DeadLetterFilter = {}, page: { limit?: number; cursor?: string } = {}): Promise<DeadLettersListResponse> =>
    reader.ask({ ask: 'list', which, ...page });
  const replay = (which: DeadLetterFilter = {}, more: { limit?: number; cursor?: string; dryRun?: boolean } = {}) =>
    reader.ask<DeadLettersReplayResponse>({ ask: 'replay', which, ...more });
  const drop = (which: DeadLetterFilter = {}, more: { limit?: number; dryRun?: boolean } = {}) =>
    reader.ask<DeadLettersDropResponse>({ ask: 'drop', which, ...more });

  const poisoned = (counter: string, poison: 'bug' | 'domain', organization = 'acme'): Told => ({
    counter,
    version: 1,
    poison,
    organization,
  });

  it('are listed in pages, the oldest first, and by each filter', async () => {
    const all = await buried(
      [poisoned('a', 'domain'), poisoned('b', 'bug'), poisoned('c', 'domain', 'globex'), poisoned('d', 'domain')],
      4,
    );
    const paged: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await list({}, { limit: 3, ...(cursor ? { cursor } : {}) });
      expect(page.has_more).toBe(page.next_cursor !== null);
      paged.push(...page.data.map(({ messageId }) => messageId));
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(all.map(({ messageId }) => messageId));
    expect(all.map(({ buriedAt }) => buriedAt)).toEqual(all.map(({ buriedAt }) => buriedAt).toSorted());

    const keys = async (which: DeadLetterFilter) => (await list(which)).data.map(({ key }) => key.split('/')[2]).toSorted();
    expect(await keys({ code: 'bug' })).toEqual(['b']);
    expect(await keys({ organization: 'globex' })).toEqual(['c']);
    expect(await keys({ environment: 'live' })).toEqual([]);
    expect(await keys({ topic: 'nobody.thing.changed.v1' })).toEqual([]);
    expect(await keys({ ids: all.slice(1, 3).map(({ messageId }) => messageId) })).toHaveLength(2);
    const second = all[1]?.buriedAt ?? '';
    expect(await keys({ since: new Date(Date.parse(second) + 1).toISOString() })).toHaveLength(2);
    expect(await keys({ until: second })).toHaveLength(1); // that letter itself lies some microseconds later
  });

  it('are shown with their envelope, and with their body only when asked', async () => {
    const [letter] = await buried([poisoned('a', 'bug')], 1);
    const messageId = letter?.messageId ?? '';
    const shown = await reader.ask<DeadLetterDetailResponse>({ ask: 'show', messageId, body: false });
    expect(shown).toMatchObject({ ...letter, orderKey: 'acme/test/a', body: null, bodyProblem: null });
    expect(shown.headers).toMatchObject({ ce_id: messageId, organization: 'acme' });
    expect(shown.bodyBytes).toBeGreaterThan(10);
    expect(await reader.ask<DeadLetterDetailResponse>({ ask: 'show', messageId, body: true })).toMatchObject({
      body: { counter: 'a', version: 1, poison: 'bug' },
    });
    expect(await reader.ask({ ask: 'show', messageId: '01990000-0000-7000-8000-000000000000', body: true })).toBeNull();
  });

  it('are brought back in parts, each tried once; a dry run only counts', async () => {
    await buried([poisoned('a', 'domain'), poisoned('b', 'domain'), poisoned('c', 'bug'), poisoned('d', 'domain')], 4);
    expect(await replay({ code: 'refused_by_test' }, { dryRun: true })).toMatchObject({ selected: 3, replayed: 0, failed: [] });
    expect((await list()).data).toHaveLength(4);

    const failing = await replay({}, { limit: 3 });
    expect(failing).toMatchObject({ replayed: 0, selected: null });
    expect(failing.failed).toHaveLength(3);
    const rest = await replay({}, { limit: 3, cursor: failing.next_cursor ?? '' });
    expect(rest.failed).toHaveLength(1);
    expect(rest.next_cursor).toBeNull();

    await reader.ask({ ask: 'heal' });
    const first = await replay({ code: 'refused_by_test' }, { limit: 2 });
    expect(first).toMatchObject({ replayed: 2, failed: [] });
    expect(await replay({ code: 'refused_by_test' }, { limit: 2, cursor: first.next_cursor ?? '' })).toMatchObject({ replayed: 1 });
    expect((await list()).data.map(({ code }) => code)).toEqual(['bug']);
    expect(await replay()).toMatchObject({ replayed: 1, failed: [], waiting: 0, next_cursor: null });
    expect(await world.history('acme', 'c')).toEqual([1]);
  });

  it('that were buried after the count are left for the next time', async () => {
    await buried([poisoned('a', 'domain')], 1);
    const { asOf } = await replay({}, { dryRun: true });
    await reader.ask({ ask: 'heal' });
    await world.databases.inside('reader').query(`update dead_letter set buried_at = $1::timestamptz + interval '1 microsecond'`, [asOf]);
    expect(await replay({ until: asOf })).toMatchObject({ replayed: 0 });
    expect(await replay()).toMatchObject({ replayed: 1 });
  });

  it('come with what waits behind them, in order, whichever of them was asked for', async () => {
    const told = [1, 2, 3, 4].map((version): Told => ({
      counter: 'one',
      version,
      topic: 'log',
      ...(version === 2 ? { poison: 'domain' } : {}),
    }));
    const letters = await buried(told, 3);
    const ids = letters.slice(2).map(({ messageId }) => messageId);
    expect(await replay({ ids }, { dryRun: true })).toMatchObject({ selected: 3 });
    expect(await replay({ ids })).toMatchObject({ replayed: 0, failed: [{ code: 'refused_by_test' }], waiting: 2, next_cursor: null });
    await reader.ask({ ask: 'heal' });
    expect(await replay({ code: 'refused_by_test' })).toMatchObject({ replayed: 3, failed: [], waiting: 0 });
    expect(await world.history('acme', 'one')).toEqual([1, 2, 3, 4]);
  });

  it('are dropped for ever, those that are meant and no other, of every organization', async () => {
    await buried([poisoned('a', 'domain'), poisoned('b', 'bug'), poisoned('c', 'domain', 'globex'), poisoned('d', 'domain')], 4);
    expect(await drop({ code: 'refused_by_test' }, { dryRun: true })).toMatchObject({ selected: 3, dropped: 0 });
    expect(await drop({ code: 'refused_by_test' }, { limit: 2 })).toMatchObject({ dropped: 2, has_more: true });
    expect(await drop({ code: 'refused_by_test' }, { limit: 2 })).toMatchObject({ dropped: 1, has_more: false });
    expect((await list()).data.map(({ code }) => code)).toEqual(['bug']);
    await reader.ask({ ask: 'heal' });
    expect(await replay()).toMatchObject({ replayed: 1 });
    expect(await world.history('globex', 'c')).toEqual([]);
  });
});
