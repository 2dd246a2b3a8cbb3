import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Line, type LineQuality } from './line.js';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** What was asked shall never be answered: the server does it, and its reply ends the connection. */
  dropsReply: boolean;
}

/** Stands between a service and its PostgreSQL, its Kafka or its Stripe, and does to the bytes what networks do. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private isSilent = false;
  private quality: LineQuality | null = null;
  private losesReplyTo: (request: Buffer) => boolean = () => false;
  private lost = 0;
  /** Connections whose other end has gone without a word. */
  private readonly halfOpen = new Set<Socket>();
  private constructor(
    private server: Server,
    private target: { host: string; port: number },
    readonly port: number,
  ) {}

  /**
   * @param url of the server behind. @returns with the address to use instead: see `through`
   * @param port to listen on, any free one unless told
   */
  static async before(url: string, port = 0): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    const proxy = new TcpProxy(server, targetIn(url), (server.address() as AddressInfo).port);
    proxy.accept();
    return proxy;
  }

  through(url: string): string {
    const changed = new URL(url);
    changed.port = String(this.port);
    return changed.href;
  }

  /** New connections lead to another server, those that are open stay: as after a failover, before anybody's connection has broken. */
  leadTo(url: string): void {
    this.target = targetIn(url);
  }

  /** Connections break, and new ones are refused: as when PostgreSQL is stopped. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of [...this.halfOpen, ...this.sockets()]) socket.destroy();
    await closed;
  }

  async open(): Promise<void> {
    this.isSilent = false;
    for (const socket of this.halfOpen) socket.destroy();
    for (const socket of this.sockets()) socket.resume();
    if (this.server.listening) return;
    this.server = createServer();
    this.accept();
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  /** Connections stay, and nothing comes through any more: as when a cable is pulled. */
  fallSilent(): void {
    this.isSilent = true;
    for (const socket of this.sockets()) socket.pause();
  }

  /**
   * What is open now stays open, takes everything and answers nothing, for ever; new connections work: as when the machine behind was
   * replaced and nobody told the old connections.
   * @param behind whether the server has lost them, too, or waits on its end for what never comes
   * @returns how many are in that state now
   */
  loseTrack(behind: 'gone' | 'waiting' = 'gone'): number {
    for (const { near, far } of this.pairs) {
      for (const end of behind === 'gone' ? [near] : [near, far]) {
        end
          .removeAllListeners('data')
          .removeAllListeners('close')
          .on('data', () => undefined);
        this.halfOpen.add(end);
        end.once('close', () => this.halfOpen.delete(end));
      }
      if (behind === 'gone') far.removeAllListeners('close').destroy();
    }
    this.pairs.clear();
    return this.halfOpen.size;
  }

  /** From now on all connections are like this, in both directions; null makes them good again. */
  become(quality: LineQuality | null): void {
    this.quality = quality;
  }

  /** Open connections end with a reset. @param share of them, by chance: 0 to 1 @returns how many did */
  reset(share = 1): number {
    const chosen = [...this.pairs].filter(() => Math.random() < share);
    for (const { near, far } of chosen) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    return chosen.length;
  }

  /** What matches is passed on, and the server does it; its reply is dropped, and the connection with it: nobody can tell what happened. */
  loseReplies(to: (request: Buffer) => boolean): void {
    this.losesReplyTo = to;
  }

  /** How many replies were dropped so far. */
  get repliesLost(): number {
    return this.lost;
  }

  private sockets(): Socket[] {
    return [...this.pairs].flatMap(({ near, far }) => [near, far]);
  }

  private accept(): void {
    this.server.on('connection', (near) => {
      const far = connect(this.target);
      const pair: Pair = { near, far, dropsReply: false };
      this.pairs.add(pair);
      const away = new Line((bytes) => void far.write(bytes));
      const back = new Line((bytes) => void near.write(bytes));
      for (const [socket, line, other] of [
        [near, away, far],
        [far, back, near],
      ] as const) {
        const end = () => {
          this.pairs.delete(pair);
          // What the one end said before it went still arrives.
          line.drained(() => other.destroy());
        };
        socket.on('error', end).on('close', end);
      }
      near.on('data', (chunk) => {
        if (this.losesReplyTo(chunk)) pair.dropsReply = true;
        away.carry(chunk, this.quality);
      });
      far.on('data', (chunk) => {
        if (!pair.dropsReply) return back.carry(chunk, this.quality);
        this.lost++;
        near.resetAndDestroy();
      });
      if (this.isSilent) {
        near.pause();
        far.pause();
      }
    });
  }
}

function targetIn(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
