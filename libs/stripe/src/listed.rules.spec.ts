import { describe, expect, it } from '@jest/globals';
import type { Known } from './convergence.rules.js';
import { afterEvent, afterFetch, markedDirty } from './known.rules.js';
import { afterListed, whatToDoWithCompared, whatToDoWithListed } from './listed.rules.js';

type Payload = { name: string };
const AT = 1_000_000;
const NOW = AT * 1000;
const listed = (name: string, date: number | null = AT + 100, took = 1) => ({ payload: { name }, isWhole: true, date, took });
const heard = (name: string, created = AT): Known<Payload> =>
  afterEvent<Payload>(
    null,
    { eventId: `evt_${created}`, created, payload: { name }, previous: null, complete: true },
    { do: 'apply' },
    NOW,
  );

describe('an object that a list shows', () => {
  it('is the truth where nothing was known, or only its name', () => {
    expect(whatToDoWithListed(null, listed('Ada'))).toBe('take');
    expect(whatToDoWithListed(markedDirty<Payload>(null, 'stub', NOW), listed('Ada'))).toBe('take');
    expect(afterListed<Payload>(null, listed('Ada'), NOW)).toMatchObject({
      payload: { name: 'Ada' },
      standing: 'clean',
      watermark: AT + 100,
    });
  });

  it('is nothing new where it is what is known', () => {
    expect(whatToDoWithListed(heard('Ada'), listed('Ada'))).toBe('same');
  });

  it('is taken where all that is known is older than the moment at which Stripe can have looked', () => {
    expect(whatToDoWithListed(heard('Ada'), listed('Grace'))).toBe('take');
    expect(whatToDoWithListed(heard('Ada', AT + 98), listed('Grace'))).toBe('doubt');
    // The answer took a minute: its Date says when it ended, and not when it was read.
    expect(whatToDoWithListed(heard('Ada', AT + 50), listed('Grace', AT + 100, 60))).toBe('doubt');
  });

  it('is looked up where a fetch has answered later, or where it lives on a test clock, whose events the Date says nothing about', () => {
    const fetched = afterFetch(heard('Ada'), { startedAtCounter: 1, outcome: 'found', payload: { name: 'Later' }, date: AT + 200 }, NOW);
    expect(whatToDoWithListed(fetched, listed('Grace'))).toBe('doubt');
    expect(whatToDoWithListed(heard('Ada'), listed('Grace', null))).toBe('doubt');
  });

  it('that was deleted here, or could not be looked up, is so no more only if the list is newer', () => {
    const deleted: Known<Payload> = { ...heard('Ada'), tombstone: true };
    expect(whatToDoWithListed(deleted, listed('Ada'))).toBe('take');
    expect(whatToDoWithListed({ ...deleted, newestSeen: AT + 99 }, listed('Ada'))).toBe('doubt');
    expect(whatToDoWithListed({ ...heard('Ada'), unverified: true }, listed('Ada'))).toBe('take');
  });

  it('waits where it is in doubt already', () => {
    expect(whatToDoWithListed(markedDirty(heard('Ada'), 'drift', NOW), listed('Grace'))).toBe('wait');
    expect(whatToDoWithListed(markedDirty(heard('Ada'), 'drift', NOW), { ...listed('Grace'), isWhole: false })).toBe('wait');
    expect(whatToDoWithListed(markedDirty<Payload>(null, 'stub', NOW), { ...listed('Grace'), isWhole: false })).toBe('wait');
  });

  it('is looked up where the list leaves something out or it cannot be read, known or not', () => {
    for (const known of [null, heard('Ada')]) {
      expect(whatToDoWithListed(known, { ...listed('Ada'), isWhole: false })).toBe('partial');
      expect(whatToDoWithListed(known, { ...listed('Ada'), payload: null })).toBe('unreadable');
    }
  });

  it('is looked up in a comparison wherever it differs, and taken where nobody knew it', () => {
    expect(whatToDoWithCompared(heard('Ada'), listed('Grace'))).toBe('doubt');
    expect(whatToDoWithCompared(heard('Ada'), listed('Ada'))).toBe('same');
    expect(whatToDoWithCompared(null, listed('Ada'))).toBe('take');
  });
});
