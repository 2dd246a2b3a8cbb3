import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Milliseconds from sending to the whole answer, in the order of the answers. */
export type Latencies = number[];

/**
 * Sends whole HTTP/1.1 requests over kept-alive connections, each as soon as its connection has the answer to the one before. By hand,
 * because a client library costs the load's core as much as a fast server costs the other.
 * @param read is given each whole answer, head and body, with the place of its request; bytes beyond ASCII are one character each
 * @throws at the first answer that is not 2xx
 */
export async function deliver(
  url: URL,
  requests: readonly Buffer[],
  connections: number,
  read: (at: number, answer: string) => void = () => undefined,
): Promise<Latencies> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(url)));
  const latencies: Latencies = [];
  const next = requests.entries();
  await Promise.all(sockets.map((socket) => keepAsking(socket, next, latencies, read))).finally(() =>
    sockets.forEach((socket) => socket.destroy()),
  );
  return latencies;
}

async function opened(url: URL): Promise<Socket> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  await once(socket, 'connect');
  return socket;
}

function keepAsking(
  socket: Socket,
  next: IterableIterator<[number, Buffer]>,
  latencies: Latencies,
  read: (at: number, answer: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let at = -1;
    let begun = 0;
    let answer = '';
    const ask = () => {
      const { value, done } = next.next();
      if (done) return resolve();
      at = value[0];
      answer = '';
      begun = performance.now();
      socket.write(value[1]);
    };
    // Once for each connection and not for each request: at 20 000 answers a second listeners would cost more than the answers.
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1');
      const verdict = readAnswer(answer);
      if (verdict === 'incomplete') return;
      latencies.push(performance.now() - begun);
      if (verdict < 200 || verdict >= 300) return reject(new Error(`A request was answered with:\n${answer}`));
      read(at, answer);
      ask();
    });
    socket.once('close', () => reject(new Error(`The server closed a connection after: ${answer || 'nothing'}`)));
    socket.once('error', reject);
    ask();
  });
}

/** The status of a whole answer. The servers measured here always give its length. */
export function readAnswer(answer: string): number | 'incomplete' {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return 'incomplete';
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headEnd))?.[1] ?? 0);
  return answer.length < headEnd + 4 + length ? 'incomplete' : Number(answer.slice(9, 12));
}
