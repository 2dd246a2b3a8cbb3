/** `customers` alone, reading what waits for it on the in-process bus. */
import { customers } from '@turnpike/customers';
import { startService, type RunningService } from '@turnpike/service';
import { answer, settings } from '../answer.js';

const given = settings<Readonly<Record<string, string>>>();
let service: RunningService | null = null;

answer(
  {
    async start(): Promise<void> {
      service = await startService(customers, given);
    },
  },
  async () => void (await service?.stop()),
);
