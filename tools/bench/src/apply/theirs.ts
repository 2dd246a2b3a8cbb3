/** One of the two Stripe sync engines, called as its user's route calls it: what is not measured here is HTTP. */
import { createHmac } from 'node:crypto';
import { answer, settings } from '../answer.js';
import { type Engine, type EngineName, startEngine } from '../engines.js';
import { customerCreated, subscriptionCreated } from '../ingest/bodies.js';
import { type Batch, bodyOf } from './told-events.js';

export interface TheirsSettings {
  readonly engine: EngineName;
  readonly databaseUrl: string;
  readonly secret: string;
}

/** Events under way at a time; the engine has ten connections. */
const AT_ONCE = 64;
const given = settings<TheirsSettings>();
let engine: Engine | null = null;
let prepared: Array<{ body: Buffer; signature: string }> = [];

answer({
  async start(): Promise<void> {
    const customer = objectIn(customerCreated('spec', 0));
    const subscription = objectIn(subscriptionCreated('spec', 'spec', 0));
    const items: { data: object[] } = Object.assign({ data: [] }, Reflect.get(subscription, 'items'));
    engine = await startEngine({ ...given, examples: { customer, subscription, subscription_item: items.data[0] ?? {} }, asks: null });
  },
  prepare(batch: Batch): void {
    const now = Math.floor(Date.now() / 1000);
    prepared = Array.from({ length: batch.items }, (_, at) => {
      const body = bodyOf(batch, at, now);
      const signature = createHmac('sha256', given.secret).update(`${now}.${body}`).digest('hex');
      return { body: Buffer.from(body), signature: `t=${now},v1=${signature}` };
    });
  },
  async apply(): Promise<{ ms: number }> {
    const begun = performance.now();
    const next = prepared.values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const { body, signature } of next) await engine?.processWebhook(body, signature);
      }),
    );
    prepared = [];
    return { ms: performance.now() - begun };
  },
});

function objectIn(body: string): object {
  const event: { data: { object: object } } = JSON.parse(body);
  return event.data.object;
}
