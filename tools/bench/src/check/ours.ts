/** One replica of `entitlements`, with two routes more that answer nothing, behind the same guard. */
import { Controller, Get, type OnModuleInit, UseGuards } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { entitlements } from '@turnpike/entitlements';
import { AnsweredFromMemory, ApiKeyGuard, type KnownApiKeys, scopeOfCaller, startService, type RunningService } from '@turnpike/service';
import type { FastifyInstance } from 'fastify';
import { answer, settings } from '../answer.js';
import { NOTHING } from './bare-answer.js';

/** Through Nest, as most routes are. */
@Controller('v1/nothing')
@UseGuards(ApiKeyGuard)
class NothingController {
  @Get()
  @AnsweredFromMemory()
  get(): typeof NOTHING {
    return NOTHING;
  }
}

/** Of Fastify's own, as the check is. */
class PlainNothing implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly apiKeys: KnownApiKeys,
  ) {}

  onModuleInit(): void {
    const fastify: FastifyInstance = this.host.httpAdapter.getInstance();
    fastify.get('/v1/nothing/plain', async (request, reply) => {
      const scope = scopeOfCaller(request, this.apiKeys);
      if (scope instanceof Promise) await scope;
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(NOTHING));
    });
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
            const plain = {
              provide: PlainNothing,
              useFactory: (host: HttpAdapterHost) => new PlainNothing(host, context.apiKeys),
              inject: [HttpAdapterHost],
            };
            return {
              ...module,
              controllers: [...(module.controllers ?? []), NothingController],
              providers: [...(module.providers ?? []), plain],
            };
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
