import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '@turnpike/sandbox';
import { until, WatchedStripe } from '@turnpike/testing';
import { StartedGateway } from './started-gateway.js';
import { SweptAccount } from './swept-account.js';
import { ToldConnections } from './told-connections.js';

/** A gateway that looks often and waits little, beside a Sandbox of its own. */
export const SOON = { SWEEP_EVERY_SECONDS: '0.3', SWEEP_GRACE_SECONDS: '0.3', POLL_EVERY_SECONDS: '0.1' };
/** The first look of a process is at once; the next would be beyond any test. */
export const RARELY = { ...SOON, SWEEP_EVERY_SECONDS: '3600' };

/** What stands between the gateway and the Sandbox, for one account. */
export class Door {
  private readonly refusals: Array<number | null> = [];

  constructor(readonly watched: WatchedStripe) {
    watched.interfere = () => {
      const status = this.refusals.shift() ?? null;
      return status === null ? {} : { status };
    };
  }

  /** The paths of the requests for events since the last call, in order. */
  asked(): string[] {
    return this.watched.seen.splice(0).map(({ path }) => path);
  }

  /** What the next requests get instead of an answer, one after the other; null: their answer. */
  answersNext(...statuses: Array<number | null>): void {
    this.refusals.push(...statuses);
  }
}

export class SweptGateway {
  private readonly doors: Door[] = [];

  private constructor(
    readonly gateway: StartedGateway,
    readonly told: ToldConnections,
    private readonly sandbox: Sandbox,
    private readonly folder: string,
  ) {}

  static async start(): Promise<SweptGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'turnpike-swept-'));
    const sandbox = await startSandbox({ data: folder });
    const gateway = await StartedGateway.start(SOON);
    return new SweptGateway(gateway, await ToldConnections.start(gateway), sandbox, folder);
  }

  async stop(): Promise<void> {
    await this.told.stop();
    await this.gateway.stop();
    for (const { watched } of this.doors) await watched.stop();
    await this.sandbox.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  newAccount(): SweptAccount {
    return new SweptAccount(this.gateway, this.sandbox);
  }

  /** An account with an endpoint, connected and looked at once. */
  async account(baseUrl?: string): Promise<SweptAccount> {
    const one = this.newAccount();
    await one.connect('webhook', baseUrl);
    return one;
  }

  /** The same, and its Stripe is found through a door of its own. */
  async accountBehindDoor(): Promise<{ one: SweptAccount; door: Door }> {
    const door = new Door(await WatchedStripe.start(this.sandbox.url));
    this.doors.push(door);
    return { one: await this.account(door.watched.url), door };
  }

  /** Stripe loses the account's oldest events, up to one of them or all. */
  async forget(one: SweptAccount, upTo?: string): Promise<void> {
    const response = await fetch(`${this.sandbox.url}/_sandbox/forgotten_events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account: one.key, ...(upTo === undefined ? {} : { upTo }) }),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** Once the report says so of everything missed. */
  async reported(one: SweptAccount, because: string, missed: number): Promise<void> {
    await until(`${missed} missed events are reported`, async () => {
      const rows = (await one.report()).filter((row) => row.because === because);
      return rows.reduce((sum, row) => sum + row.eventsMissed, 0) >= missed;
    });
  }
}
