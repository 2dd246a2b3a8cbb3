import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Log } from '@turnpike/service';
import { LogFile } from './log-file.js';

let folder: string;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'turnpike-log-'));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const tell = (line: string) => void told.push(line);
const kept = (name = 'turnpike.log') => readFileSync(join(folder, name), 'utf8');

describe('the log in the folder', () => {
  it('takes every line, and shows a person the complaints alone, as sentences', () => {
    const file = new LogFile(tell);
    file.open(folder);
    const log = Log.of('gateway', 'info', file);
    log.info('webhook.stored', { type: 'customer.created' });
    log.warn('poll.failed', { error: new Error('Stripe is away'), willRetry: true });
    log.error('http.bug', { requestId: 'r1' });
    file.close();
    expect(
      kept()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).event),
    ).toEqual(['webhook.stored', 'poll.failed', 'http.bug']);
    expect(told).toEqual(['! gateway poll.failed: Stripe is away (willRetry true)', '✗ gateway http.bug (requestId r1)']);
  });

  it('shows the same complaint once in a while', () => {
    const file = new LogFile(tell);
    file.open(folder);
    const log = Log.of('gateway', 'info', file);
    for (let times = 0; times < 50; times++) log.warn('poll.failed');
    log.warn('another');
    file.close();
    expect(told).toEqual(['! gateway poll.failed', '! gateway another']);
    expect(kept().trim().split('\n')).toHaveLength(51);
  });

  it('begins anew at each start, keeps the one before, and none before that', () => {
    for (const start of ['first', 'second', 'third']) {
      const file = new LogFile(tell);
      file.open(folder);
      file.write(`${start}\n`);
      file.close();
    }
    expect([kept(), kept('turnpike.log.1')]).toEqual(['third\n', 'second\n']);
  });

  it('begins anew when it is full', () => {
    const file = new LogFile(tell, 20);
    file.open(folder);
    for (let at = 1; at <= 5; at++) file.write(`line ${at} ....\n`);
    file.close();
    expect([kept('turnpike.log.1'), kept()]).toEqual(['line 3 ....\nline 4 ....\n', 'line 5 ....\n']);
  });

  it('takes the lines of other processes whole, however they arrive', async () => {
    const file = new LogFile(tell);
    file.open(folder);
    const output = new PassThrough();
    file.takeFrom(output);
    for (const piece of ['{"level":"warn","serv', 'ice":"customers","event":"x"}\n{"level":"in', 'fo"}\n']) output.write(piece);
    await new Promise<void>((resolve) => output.end(() => setImmediate(resolve)));
    file.close();
    expect(told).toEqual(['! customers x']);
    expect(kept()).toBe('{"level":"warn","service":"customers","event":"x"}\n{"level":"info"}\n');
  });

  it('is not there before the folder is ours, and complaints are shown all the same', () => {
    const file = new LogFile(tell);
    Log.of('turnpike', 'info', file).warn('too.early');
    expect(told).toEqual(['! turnpike too.early']);
  });
});
