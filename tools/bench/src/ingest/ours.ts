/** Turnpike's gateway, alone or with `customers` beside it in one process, as `npm start` composes them. */
import { customers } from '@turnpike/customers';
import { gateway } from '@turnpike/gateway';
import { startService, type RunningService } from '@turnpike/service';
import { answer, settings } from '../answer.js';

export interface OursSettings {
  readonly gateway: Readonly<Record<string, string>>;
  /** Null: nobody applies what is stored. */
  readonly customers: Readonly<Record<string, string>> | null;
}

const given = settings<OursSettings>();
const running: RunningService[] = [];

answer(
  {
    async start(): Promise<string> {
      if (given.customers) running.push(await startService(customers, given.customers));
      const stores = await startService(gateway, given.gateway);
      running.unshift(stores);
      return stores.listen();
    },
  },
  async () => {
    for (const service of running) await service.stop();
  },
);
