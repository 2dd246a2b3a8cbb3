import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { scopeOfRequest } from './api-key.guard.js';
import type { Database } from './database.js';

/** One transaction per request that acts for an organization: it sees that organization's rows and commits before the answer. */
export class RequestTransaction implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const scope = scopeOfRequest(context.switchToHttp().getRequest<FastifyRequest>());
    if (!scope) return next.handle();
    return from(this.database.transaction(scope.organization, () => lastValueFrom(next.handle(), { defaultValue: undefined })));
  }
}
