import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { isServiceToken, Unauthenticated } from './api-key.guard.js';
import type { Log } from './logger.js';
import { sendProblem } from './problem.filter.js';
import type { RoadHandle } from './service.js';

interface OperatorParts {
  readonly name: string;
  readonly registry: Registry;
  readonly road: RoadHandle;
  readonly check: () => Promise<void>;
  readonly serviceToken: string;
  readonly log: Log;
}

const Filter = z.object({ topic: z.string().optional(), organization: z.string().optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) });

/** What every service answers to those who run it: is it alive, can it work, what does it count, what has it buried. */
export function addOperatorRoutes(fastify: FastifyInstance, parts: OperatorParts): void {
  fastify.get('/healthz', async () => ({ status: 'alive', service: parts.name }));

  fastify.get('/readyz', async (_, reply) => {
    try {
      await parts.check();
      return { status: 'ready', service: parts.name };
    } catch (error) {
      parts.log.warn('service.not-ready', { error: error instanceof Error ? error : new Error(String(error)) });
      return reply.status(503).send({ status: 'not ready', service: parts.name, reason: 'The database or the bus cannot be reached; the log says which.' });
    }
  });

  fastify.get('/metrics', async (_, reply) => reply.type(parts.registry.contentType).send(await parts.registry.metrics()));

  const guarded = (work: (query: z.infer<typeof Filter>) => Promise<unknown>) => async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      if (!isServiceToken(request, parts.serviceToken)) throw new Unauthenticated('This door is for those who run this installation: send the service token as "Authorization: Bearer <token>".');
      return await work(Filter.parse(request.query));
    } catch (error) {
      return sendProblem(error, request, reply, parts.log);
    }
  };
  fastify.get(
    `/internal/${parts.name}/dead-letters`,
    guarded(async ({ topic, organization, limit }) => ({ object: 'list', data: await parts.road.listDeadLetters(present({ topic, organization }), limit) })),
  );
  fastify.post(
    `/internal/${parts.name}/dead-letters/replay`,
    guarded(({ topic, organization }) => parts.road.replayDeadLetters(present({ topic, organization }))),
  );
}

function present(filter: { topic?: string | undefined; organization?: string | undefined }): { topic?: string; organization?: string } {
  return { ...(filter.topic ? { topic: filter.topic } : {}), ...(filter.organization ? { organization: filter.organization } : {}) };
}
