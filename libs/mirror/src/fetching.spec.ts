import { describe, expect, it } from '@jest/globals';
import { Log } from '@turnpike/service';
import { Registry } from 'prom-client';
import { Fetching } from './fetching.js';
import type { Leased } from './fetch-queue.js';
import { MirrorMetrics } from './mirror.metrics.js';

const OBJECT = { scope: { organization: 'acme', environment: 'test' as const }, connectionId: 'one', stripeId: 'cus_1' };
const LEASE_SECONDS = 1;
const ANSWER_MS = 2_500;

/** One due object in memory, leased as the table leases it. */
class OneDueObject {
  private lastLease = 0;
  private held: { lease: string; until: number } | null = null;
  isSettled = false;

  async lease({ seconds }: { seconds: number }): Promise<Leased[]> {
    if (this.isSettled || (this.held !== null && this.held.until > Date.now())) return [];
    const lease = String(++this.lastLease);
    this.held = { lease, until: Date.now() + seconds * 1000 };
    return [{ object: OBJECT, type: 'customer', counter: 1, tries: 0, lease, traceparent: null }];
  }

  async hold(leases: readonly string[], seconds: number): Promise<void> {
    if (this.held && leases.includes(this.held.lease)) this.held.until = Date.now() + seconds * 1000;
  }

  async putOff(): Promise<void> {
    this.held = null;
  }
}

describe('an object that Stripe takes long to answer about', () => {
  it('is asked about by one process only, however short its lease', async () => {
    const queue = new OneDueObject();
    let [asked, atOnce, mostAtOnce] = [0, 0, 0];
    const ask = async () => {
      asked += 1;
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
      atOnce -= 1;
      return { object: {}, date: null };
    };
    const settle = async () => {
      queue.isSettled = true;
    };
    const log = Log.of('test', 'silent');
    const replicas = [1, 2].map(
      () =>
        new Fetching({ queue, ask, settle, log, service: 'test', metrics: new MirrorMetrics(new Registry()), leaseSeconds: LEASE_SECONDS }),
    );
    for (const replica of replicas) replica.start();
    const looking = setInterval(() => replicas.forEach((replica) => replica.wakeAt(0)), 20);
    try {
      while (!queue.isSettled) await new Promise((resolve) => setTimeout(resolve, 10));
    } finally {
      clearInterval(looking);
      await Promise.all(replicas.map((replica) => replica.stop()));
    }
    expect({ asked, mostAtOnce }).toEqual({ asked: 1, mostAtOnce: 1 });
  });
});
