import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';

/** Those who run a service ask for these all the time; they would hide everybody else. */
export const OPERATOR_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** Requests by the route that answers them, as it was registered: `/v1/customers/:id`, never with the id in it. */
export class HttpMetrics {
  private readonly requests: Counter<'method' | 'route' | 'code'>;
  private readonly seconds: Histogram<'method' | 'route'>;

  constructor(registry: Registry) {
    this.requests = new Counter({
      name: 'turnpike_http_requests_total',
      help: 'Requests that were answered, by route and status code; "none" answers what no route has.',
      labelNames: ['method', 'route', 'code'],
      registers: [registry],
    });
    this.seconds = new Histogram({
      name: 'turnpike_http_request_duration_seconds',
      help: 'From a request to its answer.',
      labelNames: ['method', 'route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
  }

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      if (!OPERATOR_PATHS.has(route)) {
        const { method } = request;
        this.requests.inc({ method, route, code: reply.statusCode });
        this.seconds.observe({ method, route }, reply.elapsedTime / 1000);
      }
      done();
    });
  }
}
