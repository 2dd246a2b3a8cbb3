import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { isAnsweredFromMemory } from './answered-from-memory.js';
import { bearerOf, scopeOfRequest } from './api-key.guard.js';
import type { Database, Transaction } from './database.js';
import type { DeclaredScope } from './declaration.js';
import { once } from './idempotency.js';

/**
 * One transaction per request that acts for an organization: it sees that organization's rows and commits before the answer. A POST is done
 * once, however often it is sent.
 */
export class RequestTransaction implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const scope = scopeOfRequest(request);
    if (!scope || isAnsweredFromMemory(context.getHandler())) return next.handle();
    const answer = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(
      this.database.transaction(scope.organization, (transaction) =>
        request.method === 'POST' ? answerOnce(transaction, scope, context, answer) : answer(),
      ),
    );
  }
}

async function answerOnce(
  transaction: Transaction,
  scope: DeclaredScope,
  context: ExecutionContext,
  answer: () => Promise<unknown>,
): Promise<unknown> {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  const given = request.headers['idempotency-key'];
  const keyed = {
    scope,
    apiKey: bearerOf(request) ?? '',
    key: typeof given === 'string' ? given : undefined,
    path: request.url,
    body: request.body,
  };
  const { status, body, isReplay } = await once(transaction, keyed, async () => {
    const done = await answer();
    return { body: done, status: reply.statusCode };
  });
  if (isReplay) void reply.status(status).header('Idempotent-Replayed', 'true');
  return body;
}
