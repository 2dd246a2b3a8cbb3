/** Turnpike as `npm start` composes it, as far as it mirrors what the model has: in one process, which may be killed. */
import { catalog } from '@turnpike/catalog';
import { customers } from '@turnpike/customers';
import { gateway } from '@turnpike/gateway';
import { startService, type RunningService } from '@turnpike/service';
import { answer, settings } from '../answer.js';

export const SERVICES = ['gateway', 'customers', 'catalog'] as const;
export type ServiceName = (typeof SERVICES)[number];
export type OursSettings = Readonly<Record<ServiceName, Readonly<Record<string, string>>>>;

const given = settings<OursSettings>();
const running: RunningService[] = [];

answer(
  {
    async start(): Promise<string> {
      running.push(await startService(customers, given.customers), await startService(catalog, given.catalog));
      const stores = await startService(gateway, given.gateway);
      running.unshift(stores);
      return stores.listen();
    },
  },
  async () => {
    for (const service of running) await service.stop();
  },
);
