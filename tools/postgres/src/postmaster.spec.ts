import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterNameOf, commandLineOf, readPostmasterNote, whoseIs } from './postmaster.js';

describe('a note of a server', () => {
  let data = '';

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'turnpike-note-'));
  });

  afterAll(() => rm(data, { recursive: true }));

  it('is none where no server ever ran', async () => {
    expect(await readPostmasterNote(join(data, 'nowhere'))).toBeNull();
  });

  it('names the process and the port', async () => {
    await writeFile(join(data, 'postmaster.pid'), '4711\n/srv/data\n1793240000\n5433\n\n127.0.0.1\n  1234 0\nready   \n');
    expect(await readPostmasterNote(data)).toEqual({ pid: 4711, port: 5433 });
  });

  it('names no port when the server was stopped before it had one', async () => {
    await writeFile(join(data, 'postmaster.pid'), '4711\n/srv/data\n1793240000\n');
    expect(await readPostmasterNote(data)).toEqual({ pid: 4711, port: 0 });
  });

  it('is nobody’s when it was cut off', async () => {
    await writeFile(join(data, 'postmaster.pid'), '');
    expect(await readPostmasterNote(data)).toBeNull();
  });
});

describe('a process', () => {
  it('that runs something else is another’s', () => {
    expect(whoseIs(process.pid, '/srv/data')).toBe('another');
  });

  it('that nobody has is gone', () => {
    expect(whoseIs(2 ** 30, '/srv/data')).toBe('gone');
  });

  it('carries the name of its cluster, which differs from folder to folder', () => {
    expect(clusterNameOf('/srv/a')).not.toBe(clusterNameOf('/srv/b'));
    expect(clusterNameOf('/srv/a')).toMatch(/^turnpike-[0-9a-f]{12}$/);
  });

  it('is compared by its command line as PostgreSQL writes it', () => {
    expect(commandLineOf('/opt/bin/postgres', ['-D', '/srv/my data', '-c', 'port=1'])).toBe(
      '/opt/bin/postgres "-D" "/srv/my data" "-c" "port=1"',
    );
  });
});
