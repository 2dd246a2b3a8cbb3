import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Scope } from '@turnpike/contracts-events';
import { EntitlementsRequest } from '@turnpike/contracts-http';
import { type KnownApiKeys, type Log, readInput, scopeOfCaller, sendProblem } from '@turnpike/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EntitlementsService } from './entitlements.service.js';

interface CheckParameters {
  Params: { customer: string; feature: string };
}
type CheckRequest = FastifyRequest<CheckParameters>;

/**
 * `GET /v1/entitlements/:customer/:feature`: what product code asks at every turn. A route of Fastify's own on Nest's instance: it needs the
 * caller's organization and memory, and nothing of Nest, whose pipeline would be most of its cost (docs/decisions/0025).
 */
export class EntitlementChecksController implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly apiKeys: KnownApiKeys,
    private readonly entitlements: EntitlementsService,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    const fastify: FastifyInstance = this.host.httpAdapter.getInstance();
    // A plugin of its own: its error handler is for this route alone.
    void fastify.register(async (own) => {
      own.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, this.log));
      own.get<CheckParameters>('/v1/entitlements/:customer/:feature', async (request, reply) => {
        const scope = scopeOfCaller(request, this.apiKeys);
        // Without a turn of the event loop where nobody has to be asked, which is nearly always.
        const answer = await this.answer(scope instanceof Promise ? await scope : scope, request);
        return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
      });
    });
  }

  private answer(scope: Scope, { params, query }: CheckRequest) {
    return this.entitlements.one(scope, params.customer, params.feature, readInput(EntitlementsRequest, query));
  }
}
