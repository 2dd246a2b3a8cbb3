/** One of the two Stripe sync engines behind the same route: it answers 2xx when the object is applied. */
import { answer, settings } from '../answer.js';
import { type EngineName, startEngine } from '../engines.js';
import { customerCreated, subscriptionCreated } from './bodies.js';
import { listen } from './route.js';

export interface TheirsSettings {
  readonly engine: EngineName;
  readonly databaseUrl: string;
  readonly secret: string;
}

const given = settings<TheirsSettings>();

answer({
  async start(): Promise<string> {
    const engine = await startEngine({ ...given, examples: examples(), asks: null });
    return listen((body, signature) => engine.processWebhook(body, signature));
  },
});

function examples(): Readonly<Record<string, object>> {
  const customer = objectIn(customerCreated('spec', 0));
  const subscription = objectIn(subscriptionCreated('spec', 'spec', 0));
  const items: { data: object[] } = Object.assign({ data: [] }, Reflect.get(subscription, 'items'));
  return { customer, subscription, subscription_item: items.data[0] ?? {} };
}

function objectIn(body: string): object {
  const event: { data: { object: object } } = JSON.parse(body);
  return event.data.object;
}
