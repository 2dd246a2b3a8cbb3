import { DeadLettersListRequest } from '@turnpike/contracts-http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import { isServiceToken, Unauthenticated } from './api-key.guard.js';
import type { Log } from './logger.js';
import { InputInvalid, sendProblem } from './problem.filter.js';
import type { RoadHandle } from './service.js';

interface OperatorParts {
  readonly name: string;
  readonly registry: Registry;
  readonly road: RoadHandle;
  readonly check: () => Promise<void>;
  readonly serviceToken: string;
  readonly log: Log;
}

/** What every service answers to those who run it: is it alive, can it work, what does it count, what has it buried. */
export function addOperatorRoutes(fastify: FastifyInstance, parts: OperatorParts): void {
  fastify.get('/healthz', async () => ({ status: 'alive', service: parts.name }));

  fastify.get('/readyz', async (_, reply) => {
    try {
      await parts.check();
      return { status: 'ready', service: parts.name };
    } catch (error) {
      parts.log.warn('service.not-ready', { error: error instanceof Error ? error : new Error(String(error)) });
      return reply
        .status(503)
        .send({ status: 'not ready', service: parts.name, reason: 'The database or the bus cannot be reached; the log says which.' });
    }
  });

  fastify.get('/metrics', async (_, reply) => reply.type(parts.registry.contentType).send(await parts.registry.metrics()));

  const guarded =
    (work: (query: z.infer<typeof DeadLettersListRequest>) => Promise<unknown>) => async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        if (!isServiceToken(request, parts.serviceToken))
          throw new Unauthenticated(
            'This door is for those who run this installation: send the service token as "Authorization: Bearer <token>".',
          );
        return await work(filterOf(request.query));
      } catch (error) {
        return sendProblem(error, request, reply, parts.log);
      }
    };
  fastify.get(
    `/internal/${parts.name}/dead-letters`,
    guarded(async ({ topic, organization, limit }) => {
      const found = await parts.road.listDeadLetters(present({ topic, organization }), limit + 1);
      return { object: 'list', data: found.slice(0, limit), has_more: found.length > limit, next_cursor: null };
    }),
  );
  fastify.post(
    `/internal/${parts.name}/dead-letters/replay`,
    guarded(({ topic, organization }) => parts.road.replayDeadLetters(present({ topic, organization }))),
  );
}

function filterOf(query: unknown): z.infer<typeof DeadLettersListRequest> {
  const read = DeadLettersListRequest.safeParse(query);
  if (read.success) return read.data;
  throw new InputInvalid(
    read.error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, code: issue.code, message: issue.message })),
  );
}

function present(filter: { topic?: string | undefined; organization?: string | undefined }): { topic?: string; organization?: string } {
  return { ...(filter.topic ? { topic: filter.topic } : {}), ...(filter.organization ? { organization: filter.organization } : {}) };
}
