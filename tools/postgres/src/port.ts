import { once } from 'node:events';
import { createServer } from 'node:net';
import { codeOf, PortTaken } from './errors.js';

/** A port of 127.0.0.1 that nobody listens on at this moment; the one wished for, or any. @throws PortTaken */
export async function freePort(wished = 0): Promise<number> {
  const server = createServer();
  try {
    server.listen({ port: wished, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') throw new PortTaken(wished);
    throw error;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A listening TCP socket has no port.');
  return address.port;
}
