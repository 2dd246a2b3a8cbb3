import { ConnectionChanged, type Scope } from '@turnpike/contracts-events';
import { StandInWriter, until } from '@turnpike/testing';
import type { StartedGateway } from './started-gateway.js';

/** Tells a gateway of connections as their service does, over the bus. */
export class ToldConnections {
  private n = 0;

  private constructor(
    private readonly gateway: StartedGateway,
    private readonly writer: StandInWriter,
  ) {}

  static async start(gateway: StartedGateway): Promise<ToldConnections> {
    return new ToldConnections(gateway, await StandInWriter.start(gateway.databases, 'connections'));
  }

  async stop(): Promise<void> {
    await this.writer.stop();
  }

  /** Tells of a connection, a verified one unless said otherwise, and waits until the gateway knows. */
  async tell(scope: Scope, connectionId: string, changes: Partial<ConnectionChanged>): Promise<void> {
    this.n += 1;
    const { n } = this;
    await this.writer.announce(ConnectionChanged, scope, {
      connectionId,
      status: 'verified',
      statusReason: null,
      stripeAccountId: 'acct_1',
      accountName: null,
      country: null,
      defaultCurrency: null,
      livemode: false,
      ingestMode: 'webhook',
      webhookEndpointId: 'we_1',
      secretsVersion: 1,
      removedAt: null,
      version: { epoch: 1, n },
      ...changes,
    });
    await until(`the gateway heard of ${connectionId}`, async () => {
      const { rows } = await this.gateway.inside.query('select 1 from known_connection where id = $1 and version_n = $2', [
        connectionId,
        n,
      ]);
      return rows.length > 0;
    });
  }
}
