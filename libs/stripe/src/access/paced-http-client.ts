import Stripe from 'stripe';

/** Takes the turn of a request, and hears how it was answered. */
export interface StripePace {
  /** @param endpoint method and path, with `:id` in the place of ids */
  take(endpoint: string): Promise<void>;
  answered(status: number): void;
}

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>;

/** The SDK's own way to the network, but that each request, also a repeated one, and each page of a list, waits for its turn. */
export function pacedHttpClient(pace: StripePace, inner: HttpClient = Stripe.createNodeHttpClient()): HttpClient {
  return {
    getClientName: () => inner.getClientName(),
    makeRequest: async (...request: Parameters<HttpClient['makeRequest']>) => {
      const [, , path, method] = request;
      await pace.take(endpointOf(method, path));
      const response = await inner.makeRequest(...request);
      pace.answered(response.getStatusCode());
      return response;
    },
  };
}

/** `GET /v1/customers/cus_1?expand[]=x` is `GET /v1/customers/:id`. */
export function endpointOf(method: string, path: string): string {
  const [plain = ''] = path.split('?', 1);
  const parts = plain.split('/').map((part) => (/^[a-z][a-z_]*$/.test(part) || /^v\d$/.test(part) || part === '' ? part : ':id'));
  return `${method} ${parts.join('/')}`;
}
