import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a service and its PostgreSQL, and can take it away. */
export class TcpProxy {
  private readonly pairs = new Set<[Socket, Socket]>();
  private isSilent = false;
  /** Connections whose other end has gone without a word. */
  private readonly halfOpen = new Set<Socket>();
  private constructor(
    private server: Server,
    private readonly target: { host: string; port: number },
    readonly port: number,
  ) {}

  /** @param url of the server behind. @returns with the address to use instead: see `through` */
  static async before(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new TcpProxy(server, { host: hostname, port: Number(port) }, (server.address() as AddressInfo).port);
    proxy.accept();
    return proxy;
  }

  through(url: string): string {
    const changed = new URL(url);
    changed.port = String(this.port);
    return changed.href;
  }

  /** Connections break, and new ones are refused: as when PostgreSQL is stopped. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of [...this.halfOpen, ...[...this.pairs].flat()]) socket.destroy();
    await closed;
  }

  async open(): Promise<void> {
    this.isSilent = false;
    for (const socket of this.halfOpen) socket.destroy();
    for (const [near, far] of this.pairs) {
      near.resume();
      far.resume();
    }
    if (this.server.listening) return;
    this.server = createServer();
    this.accept();
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  /** Connections stay, and nothing comes through any more: as when a cable is pulled. */
  fallSilent(): void {
    this.isSilent = true;
    for (const [near, far] of this.pairs) {
      near.pause();
      far.pause();
    }
  }

  /**
   * What is open now stays open, takes everything and answers nothing, for ever; new connections work: as when the machine behind was
   * replaced and nobody told the old connections. @returns how many are in that state now
   */
  loseTrack(): number {
    for (const [near, far] of this.pairs) {
      near.removeAllListeners('data').on('data', () => undefined);
      this.halfOpen.add(near);
      near.once('close', () => this.halfOpen.delete(near));
      far.removeAllListeners('close').destroy();
    }
    this.pairs.clear();
    return this.halfOpen.size;
  }

  private accept(): void {
    this.server.on('connection', (near) => {
      const far = connect(this.target);
      const pair: [Socket, Socket] = [near, far];
      this.pairs.add(pair);
      const end = () => {
        near.destroy();
        far.destroy();
        this.pairs.delete(pair);
      };
      for (const socket of pair) socket.on('error', end).on('close', end);
      near.on('data', (chunk) => far.write(chunk));
      far.on('data', (chunk) => near.write(chunk));
      if (this.isSilent) {
        near.pause();
        far.pause();
      }
    });
  }
}
