import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { readAnswer } from './deliver.js';

/** Kept-alive connections to one server, as many as there are requests under way: for load that does not wait for answers. */
export class HttpLines {
  private readonly free: Socket[] = [];
  private readonly all = new Set<Socket>();

  constructor(private readonly url: URL) {}

  /** @param request whole, head and body @returns the whole answer @throws when it is not 2xx, or the connection ends */
  async ask(request: Buffer): Promise<string> {
    const socket = this.free.pop() ?? (await this.open());
    return new Promise<string>((resolve, reject) => {
      let answer = '';
      const settle = (work: () => void) => {
        socket.removeAllListeners('data');
        socket.removeAllListeners('close');
        work();
      };
      socket.on('data', (bytes: Buffer) => {
        answer += bytes.toString('latin1');
        const status = readAnswer(answer);
        if (status === 'incomplete') return;
        settle(() => {
          this.free.push(socket);
          if (status >= 200 && status < 300) resolve(answer);
          else reject(new Error(`A request was answered with:\n${answer}`));
        });
      });
      socket.once('close', () => settle(() => reject(new Error('The server closed a connection.'))));
      socket.write(request);
    });
  }

  close(): void {
    for (const socket of this.all) socket.destroy();
  }

  private forget(socket: Socket): void {
    const at = this.free.indexOf(socket);
    if (at >= 0) this.free.splice(at, 1);
    this.all.delete(socket);
  }

  private async open(): Promise<Socket> {
    const socket = connect({ host: this.url.hostname, port: Number(this.url.port), noDelay: true });
    this.all.add(socket);
    // Whoever waits hears of it by the close that follows.
    socket.on('error', () => undefined);
    // A server ends what was silent for long.
    socket.on('end', () => this.forget(socket));
    await once(socket, 'connect');
    return socket;
  }
}
