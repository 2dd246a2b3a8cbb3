import {
  DeadLetterRequest,
  DeadLettersDropRequest,
  DeadLetterShowRequest,
  DeadLettersListRequest,
  DeadLettersReplayRequest,
  KnownApiKeyRequest,
  RebuildRequest,
  RestoredRequest,
} from '@turnpike/contracts-http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import { isServiceToken, Unauthenticated } from './api-key.guard.js';
import { DomainError } from './errors.js';
import { ApiKeyNotKnown, type KnownApiKeys } from './known-api-keys.js';
import type { Log } from './logger.js';
import { sendProblem } from './problem.filter.js';
import { readInput } from './read-input.js';
import type { RoadHandle } from './service.js';

interface OperatorParts {
  readonly name: string;
  readonly registry: Registry;
  readonly road: RoadHandle;
  readonly apiKeys: KnownApiKeys;
  readonly check: () => Promise<void>;
  readonly serviceToken: string;
  readonly log: Log;
}

class DeadLetterNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'dead_letter_not_found';
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

  const letters = parts.road.deadLetters;
  const guarded =
    <S extends z.ZodType>(contract: S, from: 'query' | 'params', work: (asked: z.output<S>, request: FastifyRequest) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        if (!isServiceToken(request, parts.serviceToken))
          throw new Unauthenticated(
            'This door is for those who run this installation: send the service token as "Authorization: Bearer <token>".',
          );
        return await work(readInput(contract, request[from]), request);
      } catch (error) {
        return sendProblem(error, request, reply, parts.log);
      }
    };
  fastify.get(
    `/internal/${parts.name}/dead-letters`,
    guarded(DeadLettersListRequest, 'query', (asked) => letters.list(asked)),
  );
  fastify.get(
    `/internal/${parts.name}/dead-letters/:messageId`,
    guarded(DeadLetterRequest, 'params', async ({ messageId }, request) => {
      const letter = await letters.show(messageId, readInput(DeadLetterShowRequest, request.query));
      if (!letter)
        throw new DeadLetterNotFound(`${parts.name} has no dead letter ${messageId}: it never had, or it was replayed or dropped.`);
      return letter;
    }),
  );
  fastify.post(
    `/internal/${parts.name}/dead-letters/replay`,
    guarded(DeadLettersReplayRequest, 'query', (asked) => letters.replay(asked)),
  );
  fastify.post(
    `/internal/${parts.name}/dead-letters/drop`,
    guarded(DeadLettersDropRequest, 'query', (asked) => letters.drop(asked)),
  );
  fastify.post(
    `/internal/${parts.name}/restored`,
    guarded(RestoredRequest, 'query', async () => {
      await parts.road.restored();
      return { willTellAgain: true };
    }),
  );
  fastify.post(
    `/internal/${parts.name}/rebuild`,
    guarded(RebuildRequest, 'query', async ({ organization }) => ({ topics: await parts.road.rebuild(organization) })),
  );
  // A new key opens this service as soon as it has heard of it: who makes one can wait for that here.
  fastify.get(
    `/internal/${parts.name}/known-api-keys/:sha256`,
    guarded(KnownApiKeyRequest, 'params', async ({ sha256 }) => {
      const scope = await parts.apiKeys.scopeOfHash(sha256);
      if (!scope) throw new ApiKeyNotKnown();
      return scope;
    }),
  );
}
