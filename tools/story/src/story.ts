import { setTimeout as delay } from 'node:timers/promises';
import Stripe from 'stripe';
import { CATALOG, GRACE_DAYS, PLAN_AT_STRIPE, TRIAL_DAYS } from './catalog.js';
import { EventWatch } from './event-watch.js';
import { Stage, type Step } from './stage.js';
import { type Connection, TurnpikeClient } from './turnpike-client.js';

/** Where the story plays. It knows no more of Turnpike than anybody with an API key, and of Stripe what its SDK shows. */
export interface StoryPlace {
  readonly turnpike: { readonly url: string; readonly apiKey: string };
  /** The Sandbox, and the account there: what follows `sk_test_` and `pk_test_`. */
  readonly stripe: { readonly url: string; readonly account: string };
  say(line: string): void;
  /** How long each step may take to be seen. */
  readonly withinMs?: number;
}

export type StoryOutcome =
  { readonly isWhole: true; readonly customer: string } | { readonly isWhole: false; readonly step: string; readonly because: string };

const CONNECTION_NAME = 'Story';
const DAY = 24 * 3600;
const HOUR = 3600;
const WITHIN_MS = 30_000;

/** One customer's life with Acme, on a test clock: a trial, a payment, a failed one, the end of patience, a farewell and a return. */
export async function playStory(place: StoryPlace): Promise<StoryOutcome> {
  const { hostname: host, port } = new URL(place.stripe.url);
  const secretKey = `sk_test_${place.stripe.account}`;
  const stripe = new Stripe(secretKey, { host, port, protocol: 'http', telemetry: false });
  const turnpike = new TurnpikeClient(place.turnpike.url, place.turnpike.apiKey, place.withinMs ?? WITHIN_MS);
  const told: { step: string; watch: EventWatch | null } = { step: 'Acme connects its Stripe account', watch: null };
  try {
    await connect(turnpike, place, secretKey);
    told.step = 'Acme publishes its plans';
    const price = await publish(turnpike, stripe, place);
    told.step = 'Ada is a customer';
    told.watch = await EventWatch.open(stripe);
    const ada = await makeAda(turnpike, stripe);
    const stage = new Stage(turnpike, told.watch, ada.externalId, (line) => place.say(line), place.withinMs ?? WITHIN_MS);
    for await (const step of lifeOf(ada, price, stripe, stage)) told.step = step;
    return { isWhole: true, customer: ada.externalId };
  } catch (error) {
    return { isWhole: false, step: told.step, because: error instanceof Error ? error.message : String(error) };
  } finally {
    await told.watch?.close();
  }
}

async function connect(turnpike: TurnpikeClient, place: StoryPlace, secretKey: string): Promise<void> {
  const publishableKey = `pk_test_${place.stripe.account}`;
  const { data } = await turnpike.connections();
  let connection: Connection =
    data.find(({ name, status }) => name === CONNECTION_NAME && status !== 'removed') ??
    (await turnpike.connect({ publishableKey, secretKey, name: CONNECTION_NAME }));
  const deadline = performance.now() + (place.withinMs ?? WITHIN_MS);
  const isThere = () => connection.status === 'verified' && connection.endpoint !== null;
  while (!isThere()) {
    if (connection.status === 'failed' || performance.now() > deadline)
      throw new Error(`the connection is ${connection.status}${connection.statusReason === null ? '' : ` (${connection.statusReason})`}`);
    await delay(20);
    connection = await turnpike.connection(connection.id);
  }
  place.say(`      Acme's Stripe account is connected: ${connection.status}, events by ${connection.ingestMode}`);
}

/** @returns Stripe's price of the plan, once it is there */
async function publish(turnpike: TurnpikeClient, stripe: Stripe, place: StoryPlace): Promise<string> {
  await turnpike.applyCatalog(CATALOG);
  const deadline = performance.now() + (place.withinMs ?? WITHIN_MS);
  for (;;) {
    const products = await stripe.products.list({ active: true, limit: 100 });
    const product = products.data.find(({ name }) => name === PLAN_AT_STRIPE);
    const price = product && (await stripe.prices.list({ product: product.id, active: true })).data[0];
    if (price) {
      place.say(
        `      "${PLAN_AT_STRIPE}" is at Stripe: ${price.id}, ${(price.unit_amount ?? 0) / 100} ${price.currency} a ${price.recurring?.interval}`,
      );
      return price.id;
    }
    if (performance.now() > deadline) throw new Error(`"${PLAN_AT_STRIPE}" and its price did not come to be at Stripe`);
    await delay(50);
  }
}

interface Ada {
  /** The id that Acme knows her by. */
  readonly externalId: string;
  readonly stripeId: string;
  readonly clockId: string;
}

async function makeAda(turnpike: TurnpikeClient, stripe: Stripe): Promise<Ada> {
  let externalId = 'ada';
  for (let number = 2; (await turnpike.access(externalId)) !== null; number += 1) externalId = `ada-${number}`;
  const clock = await stripe.testHelpers.testClocks.create({
    frozen_time: Math.floor(Date.now() / 1000),
    name: `The life of ${externalId}`,
  });
  const customer = await stripe.customers.create({
    name: 'Ada',
    email: `${externalId}@example.com`,
    test_clock: clock.id,
    metadata: { turnpike_external_id: externalId },
  });
  const ada = { externalId, stripeId: customer.id, clockId: clock.id };
  await useCard(stripe, ada, 'pm_card_visa');
  return ada;
}

/** Plays the steps one after the other; gives each one's title before it is played. */
async function* lifeOf(ada: Ada, price: string, stripe: Stripe, stage: Stage): AsyncGenerator<string> {
  const begun = (await stripe.testHelpers.testClocks.retrieve(ada.clockId)).frozen_time;
  const subscribe = (trialDays?: number) =>
    stripe.subscriptions.create({
      customer: ada.stripeId,
      items: [{ price }],
      ...(trialDays === undefined ? {} : { trial_period_days: trialDays }),
    });
  const mine = (status: string) => (event: Stripe.Event) => event.type.startsWith('customer.subscription.') && statusIn(event) === status;
  const clockReady = ({ type }: Stripe.Event) => type === 'test_helpers.test_clock.ready';
  let subscription: Stripe.Subscription | null = null;
  let graceEndsAt = 0;

  const steps: Step[] = [
    {
      title: `Ada subscribes, with ${TRIAL_DAYS} days to try it`,
      act: async () => (subscription = await subscribe(TRIAL_DAYS)),
      broughtBy: mine('trialing'),
      access: { level: 'full', reason: 'trialing' },
    },
    {
      title: 'Three days are left of her trial',
      act: () => advance(stripe, ada, begun + (TRIAL_DAYS - 3) * DAY + HOUR),
      broughtBy: clockReady,
      access: { level: 'full', reason: 'trialing' },
      mail: /^Your trial ends on/,
    },
    {
      title: 'The trial is over, and her card is charged',
      act: () => advance(stripe, ada, begun + TRIAL_DAYS * DAY + 2 * HOUR),
      broughtBy: mine('active'),
      access: { level: 'full', reason: 'active' },
    },
    {
      title: 'A month later her card has no funds left',
      act: async () => {
        await useCard(stripe, ada, 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds');
        const { items } = await stripe.subscriptions.retrieve(subscription?.id ?? '');
        await advance(stripe, ada, (items.data[0]?.current_period_end ?? 0) + 2 * HOUR);
      },
      broughtBy: mine('past_due'),
      access: { level: 'full', reason: 'past_due_in_grace' },
      mail: /^We could not collect your payment/,
    },
    {
      title: 'A second before the grace is over nothing has changed',
      act: () => advance(stripe, ada, graceEndsAt - 1),
      broughtBy: clockReady,
      access: { level: 'full', reason: 'past_due_in_grace', until: () => instantOf(graceEndsAt) },
    },
    {
      title: `The ${GRACE_DAYS} days of grace are over`,
      act: () => advance(stripe, ada, graceEndsAt),
      broughtBy: clockReady,
      access: { level: 'core', reason: 'past_due' },
      mail: /^Your access has been reduced/,
    },
    {
      title: 'She takes another card and pays',
      act: async () => {
        await useCard(stripe, ada, 'pm_card_visa');
        const open = await stripe.invoices.list({ subscription: subscription?.id ?? '', status: 'open' });
        await stripe.invoices.pay(open.data[0]?.id ?? '');
      },
      broughtBy: mine('active'),
      access: { level: 'full', reason: 'active' },
      mail: /^Welcome back/,
    },
    {
      title: 'She cancels, at once',
      act: () => stripe.subscriptions.cancel(subscription?.id ?? ''),
      broughtBy: mine('canceled'),
      access: { level: 'free', reason: 'canceled' },
      mail: /^Your plan ended on/,
    },
    {
      title: 'She comes back, with everything as she left it',
      act: async () => (subscription = await subscribe()),
      broughtBy: mine('active'),
      access: { level: 'full', reason: 'active' },
      mail: /^Welcome back/,
    },
  ];
  for (const step of steps) {
    yield step.title;
    const cause = await stage.play(step);
    if (statusIn(cause) === 'past_due') graceEndsAt = cause.created + GRACE_DAYS * DAY;
  }
}

/** The test clock stops where it is told, and everything that is due on the way has happened then. */
async function advance(stripe: Stripe, ada: Ada, to: number): Promise<void> {
  await stripe.testHelpers.testClocks.advance(ada.clockId, { frozen_time: to });
  while ((await stripe.testHelpers.testClocks.retrieve(ada.clockId)).status !== 'ready') await delay(20);
}

async function useCard(stripe: Stripe, ada: Ada, card: string): Promise<void> {
  const method = await stripe.paymentMethods.attach(card, { customer: ada.stripeId });
  await stripe.customers.update(ada.stripeId, { invoice_settings: { default_payment_method: method.id } });
}

function statusIn({ data }: Stripe.Event): string | null {
  return 'status' in data.object && typeof data.object.status === 'string' ? data.object.status : null;
}

function instantOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
