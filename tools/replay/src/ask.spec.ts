import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { listDeadLetters, replayDeadLetters } from './ask.js';

/** A service of two letters that keeps to the contract and lets in one token. */
let server: Server | null = null;
const seen: string[] = [];

async function aService(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.headers.authorization !== 'Bearer right') return void response.writeHead(401).end('{}');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  seen.length = 0;
  server?.close();
});

describe('asking a reader for its dead letters', () => {
  it('names the service, and only the filters that were given', async () => {
    const url = await aService((_, response) => void response.end(JSON.stringify({ object: 'list', data: [] })));
    await listDeadLetters({ url, token: 'right', service: 'customers' }, { organization: 'example' });
    expect(seen).toEqual(['GET /internal/customers/dead-letters?organization=example&limit=1000']);
  });

  it('reports what was replayed and what failed again', async () => {
    const result = { replayed: 3, failed: [{ messageId: 'm', topic: 't', code: 'c', cause: 'why' }] };
    const url = await aService((_, response) => void response.end(JSON.stringify(result)));
    expect(await replayDeadLetters({ url, token: 'right', service: 'customers' }, {})).toEqual(result);
  });

  it('says where the right token stands when it has the wrong one', async () => {
    const url = await aService((_, response) => void response.end('{}'));
    await expect(replayDeadLetters({ url, token: 'wrong', service: 'customers' }, {})).rejects.toThrow(/secrets\.json/);
  });

  it('says so when nothing answers there', async () => {
    await expect(replayDeadLetters({ url: 'http://127.0.0.1:9', token: 'right', service: 'customers' }, {})).rejects.toThrow(
      /127\.0\.0\.1:9 cannot be reached/,
    );
  });
});
