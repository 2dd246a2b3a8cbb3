import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Milliseconds from sending to the whole answer, in the order of the answers. */
export type Latencies = number[];

/**
 * Sends whole HTTP/1.1 requests over kept-alive connections, each as soon as its connection has the answer to the one before. By hand,
 * because a client library costs the load's core as much as a fast server costs the other.
 * @throws at the first answer that is not 2xx
 */
export async function deliver(url: URL, requests: readonly Buffer[], connections: number): Promise<Latencies> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(url)));
  const latencies: Latencies = [];
  const next = requests.values();
  await Promise.all(
    sockets.map(async (socket) => {
      for (const request of next) {
        const begun = performance.now();
        await exchange(socket, request);
        latencies.push(performance.now() - begun);
      }
    }),
  ).finally(() => sockets.forEach((socket) => socket.destroy()));
  return latencies;
}

async function opened(url: URL): Promise<Socket> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  await once(socket, 'connect');
  return socket;
}

function exchange(socket: Socket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const done = (error?: Error) => {
      socket.removeListener('data', onData);
      socket.removeListener('close', onClose);
      socket.removeListener('error', done);
      if (error) reject(error);
      else resolve();
    };
    const onData = (bytes: Buffer) => {
      answer += bytes.toString('latin1');
      const verdict = readAnswer(answer);
      if (verdict === 'incomplete') return;
      done(verdict >= 200 && verdict < 300 ? undefined : new Error(`A delivery was answered with:\n${answer}`));
    };
    const onClose = () => done(new Error(`The server closed a connection after: ${answer || 'nothing'}`));
    socket.on('data', onData);
    socket.once('close', onClose);
    socket.once('error', done);
    socket.write(request);
  });
}

/** The status of a whole answer. The servers measured here always give its length. */
export function readAnswer(answer: string): number | 'incomplete' {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return 'incomplete';
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headEnd))?.[1] ?? 0);
  return answer.length < headEnd + 4 + length ? 'incomplete' : Number(answer.slice(9, 12));
}
