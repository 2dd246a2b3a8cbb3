import { timingSafeEqual } from 'node:crypto';
import { createParamDecorator, Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '@turnpike/contracts-events';
import { DomainError } from './errors.js';
import { KnownApiKeys } from './known-api-keys.js';

/** No key, or one that nobody has. The same words for both. */
export class Unauthenticated extends DomainError {
  readonly kind = 'forbidden';
  readonly code = 'unauthenticated';
  readonly status = 401;
  constructor(what = 'This route needs an API key of one environment: send it as "Authorization: Bearer <key>".') {
    super(what);
  }
}

const scopes = new WeakMap<FastifyRequest['raw'], Scope>();

/** A route under /v1 answers for the organization and environment of its key, and for nothing else. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly apiKeys: KnownApiKeys) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const scope = scopeOfCaller(request, this.apiKeys);
    const letIn = (found: Scope): boolean => {
      scopes.set(request.raw, found);
      return true;
    };
    return scope instanceof Promise ? scope.then(letIn) : letIn(scope);
  }
}

/** Whose request this is, by its API key: at once where the key is remembered, which it nearly always is. @throws Unauthenticated */
export function scopeOfCaller(request: FastifyRequest, apiKeys: KnownApiKeys): Scope | Promise<Scope> {
  const key = bearerOf(request);
  if (key === null) throw new Unauthenticated();
  return apiKeys.rememberedScopeOf(key) ?? lookedUp(key, apiKeys);
}

async function lookedUp(key: string, apiKeys: KnownApiKeys): Promise<Scope> {
  const scope = await apiKeys.scopeOf(key);
  if (!scope) throw new Unauthenticated();
  return scope;
}

/** The organization and environment that the request's API key belongs to. @throws Unauthenticated where no guard has set it */
export const CurrentScope = createParamDecorator((_: unknown, context: ExecutionContext): Scope => {
  const scope = scopeOfRequest(context.switchToHttp().getRequest<FastifyRequest>());
  if (!scope) throw new Unauthenticated();
  return scope;
});

export function scopeOfRequest(request: FastifyRequest): Scope | null {
  return scopes.get(request.raw) ?? null;
}

/** Under which a module provides the service token to `ServiceTokenGuard`. */
export const SERVICE_TOKEN = Symbol('service token');

/** Doors between services: the shared service token, never an API key. */
@Injectable()
export class ServiceTokenGuard implements CanActivate {
  constructor(@Inject(SERVICE_TOKEN) private readonly token: string) {}

  canActivate(context: ExecutionContext): boolean {
    if (isServiceToken(context.switchToHttp().getRequest<FastifyRequest>(), this.token)) return true;
    throw new Unauthenticated('This door is for services of this installation: send the service token as "Authorization: Bearer <token>".');
  }
}

/** Compared in constant time; an empty token never matches. */
export function isServiceToken(request: FastifyRequest, token: string): boolean {
  const given = Buffer.from(bearerOf(request) ?? '');
  const wanted = Buffer.from(token);
  return wanted.length > 0 && given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** The credential of `Authorization: Bearer <credential>`; null where there is none. */
export function bearerOf(request: FastifyRequest): string | null {
  const header = request.headers.authorization;
  return header?.startsWith('Bearer ') ? header.slice('Bearer '.length).trim() : null;
}
