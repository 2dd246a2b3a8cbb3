import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';
import { until } from './until.js';

/** Answers each line with the line, and remembers them all. */
let server: Server;
let proxy: TcpProxy;
const heard: string[] = [];
const clients: Socket[] = [];

beforeEach(async () => {
  heard.length = 0;
  server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        heard.push(bytes.toString());
        socket.write(bytes);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await TcpProxy.before(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.refuse();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  readonly socket: Socket;
  readonly pieces: string[];
  readonly ended: { how: string | null };
}

async function aClient(): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  const client: Client = { socket, pieces: [], ended: { how: null } };
  clients.push(socket);
  socket.on('data', (bytes) => client.pieces.push(bytes.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (client.ended.how = error.code ?? error.message));
  socket.on('close', () => (client.ended.how ??= 'closed'));
  await once(socket, 'connect');
  return client;
}

describe('a line that is made bad', () => {
  it('brings everything in its order, late, in small pieces, and is good again when told', async () => {
    const client = await aClient();
    const words = Array.from({ length: 300 }, (_, at) => `word ${at}\n`).join('');
    proxy.become({ latencyMs: 60, jitterMs: 40, sliceBytes: 7 });
    const begun = performance.now();
    client.socket.write(words);
    await until('all is back', async () => client.pieces.join('').length >= words.length);
    expect(client.pieces.join('')).toBe(words);
    expect(performance.now() - begun).toBeGreaterThan(115); // there and back; timers may fire a little early
    expect(Math.max(...heard.map((piece) => piece.length))).toBeLessThan(words.length);
    proxy.become(null);
    client.socket.write('after\n');
    await until('it is back', async () => client.pieces.join('').endsWith('after\n'));
    expect(client.pieces.join('')).toBe(`${words}after\n`);
  });

  it('carries no more bytes a second than it is told', async () => {
    const client = await aClient();
    proxy.become({ bytesPerSecond: 100_000, sliceBytes: 1_000 });
    const begun = performance.now();
    client.socket.write(Buffer.alloc(20_000, 'x'));
    await until('all is there', async () => heard.join('').length === 20_000);
    expect(performance.now() - begun).toBeGreaterThan(180);
  });

  it('resets what is open, and takes new connections', async () => {
    const client = await aClient();
    client.socket.write('before\n');
    await until('it is open', async () => client.pieces.length > 0);
    expect(proxy.reset()).toBe(1);
    await until('it has ended', async () => client.ended.how !== null);
    expect(client.ended.how).toBe('ECONNRESET');
    const next = await aClient();
    next.socket.write('next\n');
    await until('it is answered', async () => next.pieces.join('') === 'next\n');
  });

  it('lets the server do what was asked and drops its reply, for what it is told to and for nothing else', async () => {
    proxy.loseReplies((request) => request.includes('commit'));
    const client = await aClient();
    client.socket.write('insert\n');
    await until('it is answered', async () => client.pieces.join('') === 'insert\n');
    client.socket.write('commit\n');
    await until('it has ended', async () => client.ended.how !== null);
    expect(client.pieces.join('')).toBe('insert\n');
    expect(heard).toEqual(['insert\n', 'commit\n']);
    expect(proxy.repliesLost).toBe(1);
  });

  it('leads new connections elsewhere after a failover', async () => {
    const other = createServer((socket) => void socket.on('error', () => undefined).end('the other\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const before = await aClient();
    before.socket.write('old\n');
    await until('it is open', async () => before.pieces.length > 0);
    proxy.leadTo(`tcp://127.0.0.1:${(other.address() as AddressInfo).port}`);
    const after = await aClient();
    await until('the other has spoken', async () => after.pieces.join('') === 'the other\n');
    before.socket.write('still\n');
    await until('the old one answers', async () => before.pieces.join('') === 'old\nstill\n');
    await new Promise((resolve) => other.close(resolve));
  });
});
