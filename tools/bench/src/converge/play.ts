import { setTimeout as delay } from 'node:timers/promises';
import { customerOf } from './stripe-objects.js';
import { bodyOf, StripeAccount, type Happened } from './stripe-account.js';
import { FAMILIES, type History, historyOf, type Making } from './histories.js';
import { Sender } from './sender.js';
import type { StripeServer } from './stripe-server.js';
import { Timeline } from './timeline.js';

export interface World extends Making {
  readonly histories: number;
  /** Stripe accounts in all; those in a hurry have the even numbers. */
  readonly accounts: number;
  /** How many of its seconds pass in one of ours, in an account in a hurry. */
  readonly hurry: number;
  /** Only accounts whose clock runs with ours. */
  readonly isUnhurried?: boolean;
}

/** Histories begin only while fewer deliveries than this wait, and at most so many a second: a machine that is slow is not drowned. */
const MOST_WAITING = 400;
const TICK_MS = 20;
const LOOK_EVERY_MS = 250;
const TELL_EVERY_MS = 10_000;

export function accountsOf({ accounts, hurry }: World): StripeAccount[] {
  return Array.from({ length: accounts }, (_, number) => new StripeAccount(number, number % 2 === 0 ? hurry : 1));
}

/** The number of events and objects in each family, as they happened. */
export interface Played {
  readonly histories: readonly { readonly history: History; readonly account: StripeAccount; readonly objectId: string }[];
  readonly eventsOf: ReadonlyMap<string, number>;
  readonly events: number;
  readonly deliveries: number;
  readonly dropped: ReadonlySet<string>;
}

export interface Playing {
  readonly world: World;
  readonly accounts: readonly StripeAccount[];
  readonly sender: Sender;
  /** Histories that begin in a second, at most. */
  readonly mostPerSecond: number;
  /** Events that the system has been told of and has not applied yet. */
  readonly lag: () => Promise<number>;
  /** Told after each history that begins: how many have. */
  readonly onBegun: (count: number) => void;
  readonly tell: (line: string) => void;
}

/** Lives all histories through, to the last delivery. */
export async function play({ world, accounts, sender, mostPerSecond, lag, onBegun, tell }: Playing): Promise<Played> {
  const timeline = new Timeline();
  const histories: Played['histories'][number][] = [];
  const eventsOf = new Map(FAMILIES.map(({ name }) => [name, 0]));
  const dropped = new Set<string>();
  let [events, deliveries] = [0, 0];

  /** @param delaysMs of ours */
  const send = (account: StripeAccount, event: Happened, delaysMs: readonly number[]) => {
    events += 1;
    for (const delayMs of delaysMs) {
      deliveries += 1;
      timeline.at(Date.now() + delayMs, () => sender.send(account.number, () => JSON.stringify(bodyOf(event), null, 2)));
    }
  };
  const live = (number: number) => {
    const history = historyOf(number, world);
    if (world.isUnhurried && history.family.isHurried) return;
    const account = accountFor(history, accounts);
    const objectId = account.idOf(history);
    histories.push({ history, account, objectId });
    const begins = Date.now();
    if (history.kind === 'subscription') send(account, account.hasCustomerOf(objectId), [0]);
    let gapsMs = 0;
    for (const [at, step] of history.steps.entries()) {
      // The first comes after its customer's, mostly.
      gapsMs += at === 0 ? 1_000 : account.ours(step.gapMs);
      timeline.at(begins + gapsMs, () => {
        for (const event of account.apply(history, step.change, step.delivery)) {
          eventsOf.set(history.family.name, (eventsOf.get(history.family.name) ?? 0) + 1);
          const { delaysMs } = step.delivery;
          if (delaysMs.length === 0) dropped.add(objectId);
          send(account, event, history.family.isToldInItsTime ? delaysMs.map((delayMs) => account.ours(delayMs)) : delaysMs);
        }
      });
    }
  };

  let [begun, credit, behind] = [0, 0, 0];
  let [looksAt, tellsAt] = [0, Date.now() + TELL_EVERY_MS];
  while (begun < world.histories) {
    await delay(TICK_MS);
    if (Date.now() > looksAt) {
      behind = await lag();
      looksAt = Date.now() + LOOK_EVERY_MS;
    }
    if (Date.now() > tellsAt) {
      tell(`  ${begun} of ${world.histories} objects begun, ${sender.waiting} deliveries wait, ${behind} events behind`);
      tellsAt = Date.now() + TELL_EVERY_MS;
    }
    if (sender.waiting + behind > MOST_WAITING) continue;
    credit = Math.min(credit + (mostPerSecond * TICK_MS) / 1000, mostPerSecond / 4);
    for (; credit >= 1 && begun < world.histories; credit -= 1) {
      live(begun++);
      onBegun(begun);
    }
  }
  while (timeline.length > 0 || sender.waiting > 0) await delay(TICK_MS);
  return { histories, eventsOf, events, deliveries, dropped };
}

/** How often Stripe was asked about the objects of a family, and about those that they name, for one event of theirs. */
export function fetchesPerEvent(played: Played, stripe: StripeServer): Map<string, number> {
  const fetches = new Map<string, number>();
  for (const { history, objectId } of played.histories)
    fetches.set(history.family.name, (fetches.get(history.family.name) ?? 0) + fetchesOf(stripe, objectId));
  return new Map([...played.eventsOf].map(([name, events]) => [name, events === 0 ? 0 : (fetches.get(name) ?? 0) / events]));
}

function fetchesOf(stripe: StripeServer, objectId: string): number {
  const named = objectId.startsWith('sub_') ? stripe.tally.timesAsked(customerOf(objectId)) : 0;
  return stripe.tally.timesAsked(objectId) + named;
}

function accountFor(history: History, accounts: readonly StripeAccount[]): StripeAccount {
  const half = Math.floor(accounts.length / 2);
  const account = accounts[2 * (history.number % half) + (history.family.isHurried ? 0 : 1)];
  if (!account) throw new Error('There must be two accounts at least: one in a hurry, one not.');
  return account;
}
