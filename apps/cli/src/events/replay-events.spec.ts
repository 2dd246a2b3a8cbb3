import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OutsideOfTest } from '../testing/outside-of-test.js';

const AS_OF = '2026-11-21T09:00:00.000Z';

/** A gateway with so many events, which announces them a hundred at a time; the real one is asked in apps/e2e. */
let server: Server;
let seen: Array<Record<string, unknown>>;
let stored: number;
let failsAfter: number;
beforeEach(async () => {
  [seen, stored, failsAfter] = [[], 250, Number.POSITIVE_INFINITY];
  server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    seen.push(body);
    const at = Number(body['cursor'] ?? 0);
    if (at >= failsAfter) return void response.writeHead(503).end(JSON.stringify({ detail: 'The database is away.' }));
    const announced = body['dryRun'] ? 0 : Math.min(100, stored - at);
    const counted = body['dryRun'] ? { selected: stored, withoutBody: 3 } : { selected: null, withoutBody: null };
    const next_cursor = !body['dryRun'] && at + announced < stored ? String(at + announced) : null;
    response.end(JSON.stringify({ ...counted, asOf: AS_OF, announced, unreadable: 0, next_cursor }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

function outside(): OutsideOfTest {
  const one = new OutsideOfTest();
  one.environment = { WRITER_URLS: `gateway=http://127.0.0.1:${(server.address() as AddressInfo).port}`, SERVICE_TOKEN: 'token' };
  return one;
}

describe('turnpike events replay', () => {
  it('only counts in a dry run', async () => {
    const one = outside();
    expect(await one.run('events', 'replay', '--connection', 'acme', '--dry-run')).toBe(0);
    expect(one.written).toBe('Would announce 250 events again; 3 more are remembered without their body, which is kept for 30 days.\n');
    expect(seen).toEqual([{ connectionId: 'acme', dryRun: true }]);
  });

  it('asks for what was said, part by part, and for nothing that came after the count', async () => {
    const one = outside();
    const words = ['evt_1', 'evt_2', '--type', 'invoice.*', '--type', 'charge.refunded', '--since', '2026-11-20', '--environment', 'test'];
    expect(await one.run('events', 'replay', ...words, '--json')).toBe(0);
    const which = {
      ids: ['evt_1', 'evt_2'],
      types: ['invoice.*', 'charge.refunded'],
      since: '2026-11-20T00:00:00.000Z',
      environment: 'test',
    };
    expect(seen).toEqual([
      { ...which, dryRun: true },
      { ...which, until: AS_OF },
      { ...which, until: AS_OF, cursor: '100' },
      { ...which, until: AS_OF, cursor: '200' },
    ]);
    expect(one.json).toMatchObject({
      dryRun: false,
      selected: 250,
      announced: 250,
      unreadable: 0,
      isInterrupted: false,
      next_cursor: null,
    });
  });

  it('stops between two parts, and says how to go on; that goes on there', async () => {
    const person = outside();
    person.isTerminal = true;
    person.whenTold = (told) => told.includes('100 of 250') && person.interrupt();
    expect(await person.run('events', 'replay', '--all')).toBe(130);
    expect(person.told).toMatch(
      /Stopped: 100 of 250 events announced again\. The same command with --until \S+ --after 100 goes on with the rest\.\n$/,
    );
    const next = outside();
    expect(await next.run('events', 'replay', '--all', '--until', AS_OF, '--after', '100')).toBe(0);
    expect(next.written).toBe('150 events announced again.\n');
  });

  it('says how far it came when the gateway goes away', async () => {
    failsAfter = 200;
    const one = outside();
    expect(await one.run('events', 'replay', '--all')).toBe(1);
    expect(one.told).toBe(
      'gateway cannot work now (503): The database is away. Ask again later. Until then 200 of 250 events announced again; the same command with --after 200 goes on with the rest.\n',
    );
  });

  it('announces everything only to who says so', async () => {
    const one = outside();
    expect(await one.run('events', 'replay')).toBe(2);
    expect(one.told).toMatch(/Say which events/);
    expect(seen).toEqual([]);
  });
});
