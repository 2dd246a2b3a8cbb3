import { clockEngine } from '../clock-engine.js';
import type { Raw } from '../parameters.js';
import { resources } from '../resources.js';
import type { Method, Route } from '../route.js';
import { type Change, type Emitted, type Settings, State, type StripeObject } from '../state.js';
import { StripeError } from '../stripe-error.js';

/** An account without a server: routes and time run on its state alone, and ids are counted, so that two equal lives are equal to the letter. */
export class PureAccount {
  state: State;
  readonly events: Emitted[] = [];

  constructor(settings: Partial<Settings> = {}) {
    let next = 0;
    const whole: Settings = {
      businessName: 'Suite',
      country: 'US',
      defaultCurrency: 'usd',
      apiVersion: '2026-10-28.endive',
      retryAfterDays: [3, 5, 7],
      afterLastRetry: 'cancel',
      ...settings,
    };
    this.state = State.from({ account: 'acct_suite', settings: whole, objects: [], deleted: [] }, (length) =>
      String((next += 1)).padStart(length, '0'),
    );
  }

  /** Calls a route as the frame would; a refusal that keeps something keeps it here, too. */
  call(method: Method, path: string, raw: { readonly [name: string]: Raw } = {}, now = 0): StripeObject {
    const { route, named } = routeFor(method, path);
    try {
      const answer = route.run(this.state, { path: named, raw, now, maskedKey: 'sk_test_***', isPublishable: false });
      this.take(answer);
      return answer.body as StripeObject;
    } catch (error) {
      if (error instanceof StripeError && error.fields.kept) this.take(error.fields.kept);
      throw error;
    }
  }

  /** Lets a test clock's time pass up to a moment, as an advance does. */
  advance(clock: string, until: number): void {
    for (;;) {
      const step = clockEngine.nextStep(this.state, clock, until);
      if (step === undefined) break;
      this.take(step);
    }
    const frozen = this.state.find('test_helpers.test_clock', clock);
    if (frozen !== undefined) this.state = this.state.with({ ...frozen, frozen_time: until });
  }

  private take({ state, events }: Change): void {
    this.state = state;
    this.events.push(...events);
  }
}

const ROUTES: readonly Route[] = resources.flatMap((resource) => resource.routes);

function routeFor(method: Method, path: string): { route: Route; named: Record<string, string> } {
  const parts = path.split('/');
  for (const route of ROUTES) {
    const wanted = route.path.split('/');
    if (route.method !== method || wanted.length !== parts.length) continue;
    const pairs = wanted.map((part, index): [string, string] => [part, parts[index] ?? '']);
    if (!pairs.every(([part, given]) => part.startsWith(':') || part === given)) continue;
    return {
      route,
      named: Object.fromEntries(pairs.filter(([part]) => part.startsWith(':')).map(([part, given]) => [part.slice(1), given])),
    };
  }
  throw new Error(`no route ${method} ${path}`);
}
