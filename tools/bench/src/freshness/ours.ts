/** Gateway, customers and entitlements in one process, over Kafka. */
import { customers } from '@turnpike/customers';
import { entitlements } from '@turnpike/entitlements';
import { gateway } from '@turnpike/gateway';
import { startService, type RunningService } from '@turnpike/service';
import { answer, settings } from '../answer.js';
import type { Doors } from './load.js';

export interface OursSettings {
  readonly gateway: Readonly<Record<string, string>>;
  readonly customers: Readonly<Record<string, string>>;
  readonly entitlements: Readonly<Record<string, string>>;
}

const given = settings<OursSettings>();
const running: RunningService[] = [];

answer(
  {
    async start(): Promise<Doors> {
      const answers = await startService(entitlements, given.entitlements);
      running.push(answers);
      running.push(await startService(customers, given.customers));
      const takes = await startService(gateway, given.gateway);
      running.unshift(takes);
      return { webhooks: `${await takes.listen()}/webhooks/stripe/bench`, checks: `${await answers.listen()}/v1/entitlements` };
    },
  },
  async () => {
    for (const service of running) await service.stop();
  },
);
