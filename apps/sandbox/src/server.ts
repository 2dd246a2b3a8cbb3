import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { errorBody, type HttpAnswer, unknownUrl, written } from './answers.js';
import { type RawHash } from './form.js';
import type { Door } from './operator.js';
import { isHash, type Raw } from './parameters.js';
import type { ApiRequest } from './requests.js';
import type { Route } from './route.js';
import { invalidRequest, StripeError } from './stripe-error.js';

export interface ServerParts {
  readonly routes: readonly Route[];
  readonly doors: readonly Door[];
  answer(request: ApiRequest): Promise<HttpAnswer | null>;
  newRequestId(): string;
}

/** HTTP around it all: routes to their names, forms and headers to plain values. Nothing is decided here. */
export function createServer({ routes, doors, answer, newRequestId }: ServerParts): FastifyInstance {
  // Idle connections are told to go at the end, so that stopping does not wait for a client that keeps one open.
  const server = Fastify({ forceCloseConnections: true, bodyLimit: 4_194_304, exposeHeadRoutes: false });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  for (const route of routes) {
    server.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const { path, query } = urlOf(request);
        const answered = await answer({
          id: newRequestId(),
          route,
          pathParameters: namesOf(request.params),
          path,
          form: route.method === 'POST' ? joined(query, bodyOf(request)) : query,
          key: keyOf(request.headers.authorization),
          idempotencyKey: headerOf(request, 'idempotency-key'),
          version: headerOf(request, 'stripe-version'),
          stripeAccount: headerOf(request, 'stripe-account'),
        });
        if (answered === null) return cut(reply);
        return reply.code(answered.status).headers(answered.headers).send(answered.body);
      },
    });
  }

  for (const door of doors) {
    server.route({
      method: door.method,
      url: door.path,
      handler: (request, reply) => {
        reply.header('content-type', 'application/json');
        try {
          return reply.send(written(door.answer(jsonOf(bodyOf(request)), namesOf(request.params))));
        } catch (error) {
          if (!StripeError.is(error)) throw error;
          return reply.code(error.fields.status).send(written(errorBody(error, '', undefined)));
        }
      },
    });
  }

  server.setNotFoundHandler((request, reply) => {
    const error = unknownUrl(request.method, urlOf(request).path);
    const id = newRequestId();
    return reply
      .code(404)
      .headers({ 'content-type': 'application/json', 'request-id': id })
      .send(written(errorBody(error, id, undefined)));
  });
  return server;
}

function cut(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.socket?.destroy();
  return reply;
}

function urlOf({ url }: FastifyRequest): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

const joined = (...forms: readonly string[]): string => forms.filter((form) => form !== '').join('&');
const bodyOf = ({ body }: FastifyRequest): string => (typeof body === 'string' ? body : '');

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  const one = Array.isArray(value) ? value[0] : value;
  return one === '' ? undefined : one;
}

/** Bearer, or the user name of Basic. */
function keyOf(authorization: string | undefined): string | undefined {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return value;
  return scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString().split(':')[0] : undefined;
}

function namesOf(parameters: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters ?? {}).map(([name, value]) => [name, String(value)]));
}

function jsonOf(body: string): RawHash {
  if (body === '') return {};
  let parsed: Raw;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw invalidRequest('The body is not JSON.');
  }
  if (!isHash(parsed)) throw invalidRequest('The body is not a JSON object.');
  return parsed;
}
