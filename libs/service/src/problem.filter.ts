import { randomUUID } from 'node:crypto';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, isDatabaseUnavailable, type ErrorKind } from './errors.js';
import type { Log } from './logger.js';

const STATUS: Readonly<Record<ErrorKind, number>> = { 'not-found': 404, conflict: 409, invalid: 400, forbidden: 403, unavailable: 503 };

/** RFC 9457. `code` is stable; `detail` is a sentence for people and says what to do. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  requestId: string;
  errors?: ReadonlyArray<{ pointer: string; code: string; message: string }>;
  /** What the sentence is about, for programs: ids, a limit. */
  facts?: DomainError['facts'];
}

/** Input that does not parse: every place that is wrong, as JSON pointers. */
export class InputInvalid extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'invalid_request';
  constructor(readonly errors: ReadonlyArray<{ pointer: string; code: string; message: string }>) {
    super(`The request is not valid: ${errors.map((error) => `${error.pointer || '/'} ${error.message}`).join('; ')}.`);
  }
}

/** What a failure looks like over HTTP. A bug shows nothing of itself but the request id that leads to the log. */
export function toProblem(error: unknown, requestId: string): { problem: Problem; retryAfterSeconds: number | null; isBug: boolean } {
  const of = (status: number, code: string, detail: string, more: Pick<Problem, 'errors' | 'facts'> = {}) => ({
    type: `urn:turnpike:problem:${code}`,
    title: title(code),
    status,
    detail,
    instance: `urn:turnpike:request:${requestId}`,
    code,
    requestId,
    ...more,
  });
  if (error instanceof InputInvalid)
    return { problem: of(400, error.code, error.message, { errors: error.errors }), retryAfterSeconds: null, isBug: false };
  if (error instanceof DomainError) {
    const retry = 'retryAfterSeconds' in error && typeof error.retryAfterSeconds === 'number' ? error.retryAfterSeconds : null;
    const status = 'status' in error && typeof error.status === 'number' ? error.status : STATUS[error.kind];
    const more = Object.keys(error.facts).length > 0 ? { facts: error.facts } : {};
    return { problem: of(status, error.code, error.message, more), retryAfterSeconds: retry, isBug: false };
  }
  if (isDatabaseUnavailable(error)) {
    return {
      problem: of(503, 'unavailable', 'The database cannot be reached at the moment. Nothing was changed; try again in 5 s.'),
      retryAfterSeconds: 5,
      isBug: false,
    };
  }
  const status = statusOf(error);
  if (status === 404)
    return {
      problem: of(404, 'route_not_found', 'There is no such route here. GET /docs lists what there is.'),
      retryAfterSeconds: null,
      isBug: false,
    };
  if (status === 413)
    return { problem: of(413, 'body_too_large', 'The body is larger than this route takes.'), retryAfterSeconds: null, isBug: false };
  if (status !== null && status < 500)
    return {
      problem: of(status, 'invalid_request', error instanceof Error ? error.message : 'The request is not valid.'),
      retryAfterSeconds: null,
      isBug: false,
    };
  return {
    problem: of(500, 'internal_error', `Something is wrong on our side. The log has it under the request id ${requestId}.`),
    retryAfterSeconds: null,
    isBug: true,
  };
}

function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return null;
}

function title(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.log);
  }
}

/** Answers with problem+json; also for routes that Fastify serves without Nest. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const requestId = request.id ?? randomUUID();
  const { problem, retryAfterSeconds, isBug } = toProblem(error, requestId);
  if (isBug)
    log.error('http.bug', {
      requestId,
      method: request.method,
      route: request.routeOptions?.url,
      error: error instanceof Error ? error : new Error(String(error)),
    });
  else
    log.debug('http.refused', {
      requestId,
      method: request.method,
      route: request.routeOptions?.url,
      code: problem.code,
      status: problem.status,
    });
  if (retryAfterSeconds !== null) void reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
