import { setTimeout as delay } from 'node:timers/promises';
import { type Databases, Ours, SECRET } from './ours.js';
import type { Ending } from './ending.js';
import { accountsOf, fetchesPerEvent, play, type World } from './play.js';
import { Sender } from './sender.js';
import { shownByOurs, wrongEndsOf } from './shown.js';
import { StripeServer } from './stripe-server.js';

export interface Attempt extends World {
  readonly databases: Databases;
  /** Requests a second that Stripe takes from an account. */
  readonly ratePerSecond: number;
  /** Histories that begin in a second, at most. */
  readonly mostPerSecond: number;
  /** The process is killed, or stopped, and started again, each time when so many histories have begun. */
  readonly killsAt: readonly number[];
  readonly restartsAt: readonly number[];
  readonly core: number | null;
  readonly settings: Readonly<Record<string, string>>;
  /** How long the last doubt may take, after the last delivery. */
  readonly patienceMs: number;
  readonly tell: (line: string) => void;
}

/** Half an hour's, with the pauses between them: a process that was killed is back sooner. */
const MOST_ATTEMPTS = 1_000;

/** Plays the model's histories to Turnpike, and compares every object with what is true at Stripe in the end. */
export async function converged(attempt: Attempt): Promise<Ending> {
  const begunAt = performance.now();
  const accounts = accountsOf(attempt);
  const stripe = await StripeServer.start({ accounts, ratePerSecond: attempt.ratePerSecond });
  const { databases, ratePerSecond, core, settings, tell } = attempt;
  const ours = await Ours.start({ databases, accounts, stripeUrl: stripe.url, ratePerSecond, core, settings });
  const sender = new Sender({ urlOf: (account) => ours.urlOf(account), secret: SECRET, mostAttempts: MOST_ATTEMPTS });
  const ends = new Ends(ours, attempt);
  try {
    const lag = () => ours.lag();
    const onBegun = (count: number) => ends.onBegun(count);
    const played = await play({ world: attempt, accounts, sender, mostPerSecond: attempt.mostPerSecond, lag, onBegun, tell });
    await ends.done();
    await quiet(ours, played.events, attempt);
    const wrong = wrongEndsOf(played, await shownByOurs(databases));
    return {
      played,
      wrong,
      givenUp: sender.givenUp,
      unheard: played.events - (await ours.events()),
      fetchesPerEvent: fetchesPerEvent(played, stripe),
      tally: stripe.tally,
      kills: ours.kills,
      seconds: (performance.now() - begunAt) / 1000,
    };
  } finally {
    sender.stop();
    await ends.done().catch(() => undefined);
    await ours.stop();
    await stripe.stop();
  }
}

/** Ends the process and starts it again, one after the other. */
class Ends {
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly ours: Ours,
    private readonly attempt: Pick<Attempt, 'killsAt' | 'restartsAt' | 'tell'>,
  ) {}

  onBegun(count: number): void {
    const { killsAt, restartsAt, tell } = this.attempt;
    const isKill = killsAt.includes(count);
    if (!isKill && !restartsAt.includes(count)) return;
    this.last = this.last.then(async () => {
      await (isKill ? this.ours.isKilled() : this.ours.isRestarted());
      tell(`  ${isKill ? 'killed' : 'stopped'} when ${count} had begun, and back`);
    });
    // Met by whoever waits for it.
    this.last.catch(() => undefined);
  }

  done(): Promise<void> {
    return this.last;
  }
}

/** Waits until everything is heard and nothing is in doubt. What is not by then is wrong, or in doubt, at the end. */
async function quiet(ours: Ours, events: number, { patienceMs, tell }: Attempt): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const unheard = events - (await ours.events());
    const { unsent, unread, inDoubt } = await ours.left();
    if (unheard + unsent + unread + inDoubt === 0) return;
    if (Date.now() > until) return tell(`  not quiet: ${unheard} events unheard, ${unsent} unsent, ${unread} unread, ${inDoubt} in doubt`);
    await delay(250);
  }
}
