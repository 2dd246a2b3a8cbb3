import { once } from 'node:events';
import { createServer } from 'node:net';

const ATTEMPTS = 5;

export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  /** @param server who wanted it, as in `Kafka` */
  constructor(
    readonly port: number,
    server: string,
  ) {
    super(`Port ${port} on 127.0.0.1 is taken by another process. Stop that process, or choose another port for ${server}.`);
  }
}

/** A port of 127.0.0.1 that nobody listens on at this moment; the one wished for, or any. @throws PortTaken */
export async function freePort(server: string, wished = 0): Promise<number> {
  const probe = createServer();
  try {
    probe.listen({ port: wished, host: '127.0.0.1', exclusive: true });
    await once(probe, 'listening');
  } catch (error) {
    // Not by `instanceof`: under Jest the system's errors are of another realm.
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE') throw new PortTaken(wished, server);
    throw error;
  }
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('A listening TCP socket has no port.');
  return address.port;
}

/**
 * Between looking for a free port and taking it, seconds pass in which somebody else may take it: with a free choice, others are looked for.
 * @param start looks for ports and starts a server on them
 */
export async function untilPortsAreOurs<T>(hasFreeChoice: boolean, start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PortTaken) || !hasFreeChoice || attempt === ATTEMPTS) throw error;
    }
  }
}
