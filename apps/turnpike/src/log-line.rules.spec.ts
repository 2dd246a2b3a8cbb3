import { describe, expect, it } from '@jest/globals';
import { complaintIn, isLogForFile } from './log-line.rules.js';

const line = (facts: object) => JSON.stringify({ time: '2026-11-21T09:00:00.000Z', service: 'customers', ...facts });
const written = (level: string, facts: object) => line(facts).replace('{', `{"level":"${level}",`);

describe('the log', () => {
  const start = { isTerminal: false, isStoryAsked: false, level: undefined };

  it('goes to a file while a person looks at a terminal, or asked for the story', () => {
    expect(isLogForFile({ ...start, isTerminal: true })).toBe(true);
    expect(isLogForFile({ ...start, isStoryAsked: true })).toBe(true);
  });

  it('goes to standard output where nobody looks, and where somebody named a level', () => {
    expect(isLogForFile(start)).toBe(false);
    expect(isLogForFile({ isTerminal: true, isStoryAsked: true, level: 'info' })).toBe(false);
  });
});

describe('a line of the log, for a person', () => {
  it('says who complains, of what and why, and not what a machine needs', () => {
    const error = { name: 'Error', message: 'fetch failed', stack: '    at somewhere' };
    expect(complaintIn(written('warn', { event: 'road.gap.ask.failed', error, topic: 't', retryInMs: 10_000 }))).toEqual({
      about: 'customers road.gap.ask.failed',
      sentence: '! customers road.gap.ask.failed: fetch failed (topic t, retryInMs 10000)',
    });
    expect(complaintIn(written('error', { event: 'http.bug' }))?.sentence).toBe('✗ customers http.bug');
  });

  it('is kept short', () => {
    expect(complaintIn(written('error', { event: 'x', error: 'y'.repeat(10_000) }))?.sentence.length).toBeLessThan(410);
  });

  it.each(['info', 'debug'])('is none at the level %s', (level) => {
    expect(complaintIn(written(level, { event: 'webhook.stored' }))).toBeNull();
  });

  it.each(['', 'plain words', '{"level":"warn", and then nothing', '{"level":"warn"'])('is none when it is none of ours: %s', (text) => {
    expect(complaintIn(text)).toBeNull();
  });
});
