/** One replica of `entitlements`, with one route more that answers nothing, behind the same guard. */
import { Controller, Get, UseGuards } from '@nestjs/common';
import { entitlements } from '@turnpike/entitlements';
import { AnsweredFromMemory, ApiKeyGuard, startService, type RunningService } from '@turnpike/service';
import { answer, settings } from '../answer.js';
import { NOTHING } from './bare-answer.js';

@Controller('v1/nothing')
@UseGuards(ApiKeyGuard)
class NothingController {
  @Get()
  @AnsweredFromMemory()
  get(): typeof NOTHING {
    return NOTHING;
  }
}

const given = settings<Readonly<Record<string, string>>>();
let service: RunningService | null = null;

answer(
  {
    async start(): Promise<string> {
      service = await startService(
        {
          ...entitlements,
          module: (context) => {
            const module = entitlements.module(context);
            return { ...module, controllers: [...(module.controllers ?? []), NothingController] };
          },
        },
        given,
      );
      return service.listen();
    },
    megabytes: (): number => process.memoryUsage().rss / 1024 / 1024,
  },
  async () => void (await service?.stop()),
);
