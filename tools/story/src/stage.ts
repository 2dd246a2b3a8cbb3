import { setTimeout as delay } from 'node:timers/promises';
import type Stripe from 'stripe';
import type { EventWatch } from './event-watch.js';
import type { Access, Mail, TurnpikeClient } from './turnpike-client.js';

const LOOK_EVERY_MS = 5;

/** What one step of the story does and what must be seen afterwards. */
export interface Step {
  readonly title: string;
  act(): Promise<unknown>;
  /** The event at Stripe that brings it about: what the time is counted from. */
  readonly broughtBy: (event: Stripe.Event) => boolean;
  readonly access: { readonly level: string; readonly reason: string; readonly until?: () => string };
  /** What the customer is written, if anything. */
  readonly mail?: RegExp;
}

/** What was to be seen was not. */
export class NotSeen extends Error {
  override readonly name = 'NotSeen';
}

/** Plays steps and watches what comes of them, from outside. */
export class Stage {
  private played = 0;
  private readonly mailsSeen = new Set<string>();

  constructor(
    private readonly turnpike: TurnpikeClient,
    private readonly watch: EventWatch,
    private readonly customer: string,
    private readonly say: (line: string) => void,
    private readonly withinMs: number,
  ) {}

  /** @returns the event that brought it about @throws NotSeen */
  async play(step: Step): Promise<Stripe.Event> {
    const mark = this.watch.mark;
    await step.act();
    const { access, at } = await this.seeAccess(step.access);
    const cause = await this.see(`the event at Stripe behind "${step.title}"`, async () => this.watch.newest(mark, step.broughtBy));
    const mail = step.mail === undefined ? null : await this.seeMail(access.customerId, step.mail);
    this.played += 1;
    this.say(lineOf(this.played, step.title, access, Math.max(0, at - cause.at), mail));
    return cause.event;
  }

  /** Waits until something is there. @throws NotSeen naming what it waited for */
  async see<T>(what: string, look: () => Promise<T | null>): Promise<T> {
    const deadline = performance.now() + this.withinMs;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (performance.now() > deadline) throw new NotSeen(`${what} was not seen within ${this.withinMs / 1000} s`);
      await delay(LOOK_EVERY_MS);
    }
  }

  private async seeAccess({ level, reason, until }: Step['access']): Promise<{ access: Access; at: number }> {
    let last: Access | null = null;
    const isIt = (access: Access) =>
      access.level === level && access.reason === reason && (until === undefined || access.validUntil === until());
    try {
      return await this.see('access', async () => {
        last = await this.turnpike.access(this.customer);
        return last !== null && isIt(last) ? { access: last, at: performance.now() } : null;
      });
    } catch (error) {
      if (!(error instanceof NotSeen)) throw error;
      const wanted = `access ${level} (${reason})${until === undefined ? '' : ` until ${until()}`}`;
      throw new NotSeen(`${wanted} was not seen within ${this.withinMs / 1000} s; the last answer was ${wordsOf(last)}`);
    }
  }

  private async seeMail(customerId: string, subject: RegExp): Promise<Mail> {
    const mail = await this.see(`a mail ${String(subject)}`, async () => {
      const { data } = await this.turnpike.mailbox(customerId);
      return data.find((one) => !this.mailsSeen.has(one.id) && subject.test(one.subject)) ?? null;
    });
    this.mailsSeen.add(mail.id);
    return mail;
  }
}

function wordsOf(access: Access | null): string {
  if (access === null) return 'that nobody knows the customer';
  return `${access.level} (${access.reason})${access.validUntil === null ? '' : ` until ${access.validUntil}`}`;
}

function lineOf(number: number, title: string, access: Access, ms: number, mail: Mail | null): string {
  const until = access.validUntil === null ? '' : ` until ${access.validUntil.slice(0, 10)}`;
  const seen = `${access.level} (${access.reason})${until}`;
  const line = `${String(number).padStart(4)}  ${title.padEnd(54)} ${seen.padEnd(46)} ${String(Math.round(ms)).padStart(5)} ms`;
  return mail === null ? line : `${line}\n        ✉ ${mail.subject}`;
}
