import { areTracesOn, noteOnSpan, tracedPart } from '@turnpike/service';
import { Counter, Histogram, type Registry } from 'prom-client';
import Stripe from 'stripe';

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>;
type HttpAnswer = Awaited<ReturnType<HttpClient['makeRequest']>>;

/** Resources whose name has two parts: `/v1/billing/meters/mtr_1`. */
const FAMILIES = new Set(['billing', 'billing_portal', 'checkout', 'climate', 'entitlements', 'identity', 'radar', 'tax', 'test_helpers']);

/** What a service asks of Stripe: how often, how it was answered, and how long that took. One for each service. */
export class StripeCalls {
  private readonly requests: Counter<'method' | 'resource' | 'outcome'>;
  private readonly seconds: Histogram<'method'>;

  constructor(registry: Registry) {
    this.requests = new Counter({
      name: 'turnpike_stripe_requests_total',
      help: 'Requests to Stripe by resource and outcome: ok, not_found, refused, unauthorized, rate_limited, failed (5xx) or no_answer.',
      labelNames: ['method', 'resource', 'outcome'],
      registers: [registry],
    });
    this.seconds = new Histogram({
      name: 'turnpike_stripe_request_duration_seconds',
      help: 'From a request to Stripe to its answer, or to giving up; without the wait for its turn.',
      labelNames: ['method'],
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers: [registry],
    });
  }

  /** The SDK's way to the network, counted and timed; as a span where something is traced. */
  watched(inner: HttpClient = Stripe.createNodeHttpClient()): HttpClient {
    return {
      getClientName: () => inner.getClientName(),
      makeRequest: (...request: Parameters<HttpClient['makeRequest']>) => {
        const [, , path, method] = request;
        const resource = resourceOf(path);
        const ask = () => this.asked(method, resource, () => inner.makeRequest(...request));
        if (!areTracesOn()) return ask();
        const facts = { 'http.request.method': method, 'url.template': `/v1/${resource}`, 'peer.service': 'stripe' };
        return tracedPart({ name: `${method} stripe ${resource}`, kind: 'client', facts }, ask);
      },
    };
  }

  private async asked(method: string, resource: string, ask: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const begun = performance.now();
    let outcome = 'no_answer';
    try {
      const answer = await ask();
      outcome = outcomeOf(answer.getStatusCode());
      noteOnSpan({ 'http.response.status_code': answer.getStatusCode() });
      return answer;
    } finally {
      this.requests.inc({ method, resource, outcome });
      this.seconds.observe({ method }, (performance.now() - begun) / 1000);
    }
  }
}

/** What is asked about, never which one of it: `GET /v1/customers/cus_1?expand[]=x` is about `customers`. */
export function resourceOf(path: string): string {
  const [plain = ''] = path.split('?', 1);
  const [, , first = 'none', second] = plain.split('/');
  return FAMILIES.has(first) && second !== undefined ? `${first}/${second}` : first;
}

function outcomeOf(status: number): string {
  if (status < 400) return 'ok';
  if (status >= 500) return 'failed';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  return status === 401 || status === 403 ? 'unauthorized' : 'refused';
}
