import type { Scope } from '@turnpike/contracts-events';
import { type EnqueueOptions, Jobs } from '@turnpike/jobs';
import { lockKeys } from '@turnpike/messaging';
import { type Database, type Log, newId } from '@turnpike/service';
import { isJsonObject, type JsonObject } from '@turnpike/stripe';
import { LockMode } from '@mikro-orm/core';
import type Stripe from 'stripe';
import { type Failure, failureOf } from './intent-failure.js';
import { firstStepOf, idempotencyKeyOf, mayBeOurKey, secondsUntilNext } from './intent.rules.js';
import { killPoints } from './kill-points.js';
import { foundAtStripe } from './look-for.js';
import { SendIntent } from './send-intent.js';
import { type IntentError, type LookFor, StripeIntent } from './stripe-intent.entity.js';

/** What is to be written at Stripe, and why. */
export interface IntentWish {
  /** The same cause is written once, however often it is stored: `create product pl_1`. */
  readonly cause: string;
  /** What it is about, for whoever settles it. */
  readonly subject: string;
  /** Order keys, as on the wire, that whoever settles it needs locked. */
  readonly lockKeys: readonly string[];
  /** `/v1/products`. */
  readonly path: string;
  readonly params: JsonObject;
  /** How to find what was written once Stripe has forgotten the key. Null: the write may be done twice without harm. */
  readonly lookFor: LookFor | null;
}

/** What became of a try. `waiting` is no end: it is tried again by itself. */
export type IntentOutcome =
  | { readonly is: 'done'; readonly stripeId: string; readonly object: JsonObject }
  | { readonly is: 'refused'; readonly error: IntentError }
  /** @property isBlocked whether it waits for a person: a key or a permission */
  | { readonly is: 'waiting'; readonly error: IntentError; readonly isBlocked: boolean };

/** Takes the outcome in the transaction that keeps it, with the intent's keys locked. */
export type SettleIntent = (scope: Scope, intent: StripeIntent, outcome: IntentOutcome, now: Date) => Promise<void>;

export interface IntentsParts {
  readonly database: Database;
  readonly jobs: Jobs;
  /** `StripeAccess`. */
  readonly stripe: { client(scope: Scope, connectionId: string, lane: 'writes'): Promise<Stripe> };
  readonly log: Log;
}

/**
 * A service's writes to Stripe (architecture rule 7). Each is stored in the business transaction, with its exact body and a key made from its
 * cause, and sent by a job after the commit; the answer and what the service makes of it are one transaction. A crash at any moment is
 * resumed by the job, and leaves one object at Stripe.
 *
 * - No answer, 5xx, 409, 429: the same request again, with growing pauses. After 23 hours the result is looked for first.
 * - 401, 403, a connection whose key must not be used: the same, more slowly, or at once when `resume` is called.
 * - Any other 4xx: the attempt is over. Storing the same cause again begins the next one, with a new key.
 *
 * A service gives it tables (`intentTables`, beside `jobTables`), `StripeIntent` among its entities, and one settler.
 */
export class Intents {
  private settle: SettleIntent = () => Promise.reject(new Error('Nobody takes the answers of Stripe here.'));

  constructor(private readonly parts: IntentsParts) {
    parts.jobs.handle(SendIntent, ({ intentId, connectionId }, { scope }) => this.send(scope, connectionId, intentId));
  }

  /** Who takes the outcomes: called once, before the service starts. */
  whenSettled(settle: SettleIntent): void {
    this.settle = settle;
  }

  /**
   * Stores a write, in the current transaction. A cause that is under way or done is left as it is; one that was refused gets its next
   * attempt, with these parameters.
   */
  async store(scope: Scope, connectionId: string, wish: IntentWish): Promise<StripeIntent> {
    const { organization, environment } = scope;
    const { em } = this.parts.database.current();
    const now = new Date();
    const { cause, subject, path, params, lookFor } = wish;
    const asked = { subject, lockKeys: [...wish.lockKeys], path, params, lookFor };
    const known = await em.findOne(StripeIntent, { organization, environment, connectionId, cause });
    if (known && known.status !== 'refused') return known;
    const attempt = (known?.attempt ?? 0) + 1;
    const fresh = { ...asked, ...freshAttempt(scope, connectionId, cause, attempt), updatedAt: now, settledAt: null };
    const intent = known
      ? em.assign(known, fresh)
      : em.create(StripeIntent, {
          ...{ organization, environment, id: newId('si'), connectionId, cause, method: 'POST', ...fresh },
          ...{ stripeId: null, requestId: null, createdAt: now, revision: 1 },
        });
    await this.enqueue(scope, intent);
    return intent;
  }

  /** A connection works again: what waits for it is sent now. Runs in the current transaction. */
  async resume(scope: Scope, connectionId: string): Promise<void> {
    const { organization, environment } = scope;
    const open = { organization, environment, connectionId, status: { $in: ['stored' as const, 'sent' as const] } };
    for (const intent of await this.parts.database.current().em.find(StripeIntent, open)) await this.enqueue(scope, intent);
  }

  /**
   * Whether a request to Stripe was one of these, told by its idempotency key (architecture rule 6): the events it caused are the echo of our
   * own write. Runs in the current transaction.
   */
  async isOwn({ organization, environment }: Scope, connectionId: string, idempotencyKey: string | null): Promise<boolean> {
    if (idempotencyKey === null || !mayBeOurKey(idempotencyKey)) return false;
    const { em } = this.parts.database.current();
    return (await em.count(StripeIntent, { organization, environment, connectionId, idempotencyKey })) > 0;
  }

  private async enqueue(
    scope: Scope,
    { id, connectionId }: StripeIntent,
    when: Omit<EnqueueOptions, 'key'> = { at: new Date() },
  ): Promise<void> {
    await this.parts.jobs.enqueue(SendIntent, scope, { intentId: id, connectionId }, { ...when, key: id });
  }

  private async send(scope: Scope, connectionId: string, id: string): Promise<void> {
    let begun: StripeIntent | null = null;
    try {
      const stripe = await this.parts.stripe.client(scope, connectionId, 'writes');
      begun = await this.begin(scope, id, await this.lookedFor(stripe, scope, id));
      if (begun === null) return;
      killPoints.sent.publish(id);
      const answer: unknown = await stripe.rawRequest(begun.method, begun.path, begun.params, {
        idempotencyKey: begun.idempotencyKey,
        maxNetworkRetries: 0,
      });
      killPoints.answered.publish(id);
      await this.end(scope, begun, answer);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null) throw error;
      await this.failed(scope, id, begun, failure);
    }
  }

  /** What an earlier try has left at Stripe, where its key may have been forgotten there; undefined where there was no need to look. */
  private async lookedFor(stripe: Stripe, scope: Scope, id: string): Promise<JsonObject | null | undefined> {
    const intent = await this.inTransaction(scope, () => this.find(scope, id));
    if (intent === null || !isOpen(intent) || firstStepOf(intent, new Date()) === 'send') return undefined;
    return intent.lookFor === null ? null : foundAtStripe(stripe, intent.lookFor);
  }

  /**
   * Saves that the request goes out, in a transaction of its own: from then on it counts as sent, whatever happens.
   * @param found at Stripe; null: looked for in vain, so that a new attempt begins. @returns null when there is nothing to send
   */
  private async begin(scope: Scope, id: string, found: JsonObject | null | undefined): Promise<StripeIntent | null> {
    return this.withIntent(scope, id, async (intent) => {
      if (!isOpen(intent)) return null;
      const now = new Date();
      if (found) {
        await this.keepAnswer(scope, intent, found, now);
        return null;
      }
      if (found === null && firstStepOf(intent, now) === 'look')
        Object.assign(intent, freshAttempt(scope, intent.connectionId, intent.cause, intent.attempt + 1));
      intent.status = 'sent';
      intent.firstSentAt ??= now;
      intent.tries += 1;
      intent.updatedAt = now;
      return intent;
    });
  }

  private async end(scope: Scope, begun: StripeIntent, answer: unknown): Promise<void> {
    await this.withIntent(scope, begun.id, async (intent) => {
      if (!isOpen(intent) || intent.idempotencyKey !== begun.idempotencyKey) return;
      await this.keepAnswer(scope, intent, answer, new Date());
    });
  }

  private async keepAnswer(scope: Scope, intent: StripeIntent, answer: unknown, now: Date): Promise<void> {
    // As it came over the wire: the SDK hangs its own on an answer.
    const object: unknown = JSON.parse(JSON.stringify(answer));
    const stripeId = isJsonObject(object) ? object['id'] : undefined;
    if (!isJsonObject(object) || typeof stripeId !== 'string') throw new Error(`Stripe answered no object to ${intent.path}.`);
    Object.assign(intent, { status: 'done', stripeId, requestId: requestIdOf(answer), error: null, settledAt: now, updatedAt: now });
    await this.settle(scope, intent, { is: 'done', stripeId, object }, now);
    this.tell(scope, intent, 'done');
  }

  /** Keeps why a try failed, and either ends the attempt or puts the next try on the clock, in one transaction. */
  private async failed(scope: Scope, id: string, begun: StripeIntent | null, { kind, error, retryAfterSeconds }: Failure): Promise<void> {
    await this.withIntent(scope, id, async (intent) => {
      if (!isOpen(intent) || (begun !== null && intent.idempotencyKey !== begun.idempotencyKey)) return;
      const now = new Date();
      if (begun === null) intent.tries += 1;
      Object.assign(intent, { error, requestId: error.requestId, updatedAt: now });
      if (kind === 'final') {
        Object.assign(intent, { status: 'refused', settledAt: now });
        await this.settle(scope, intent, { is: 'refused', error }, now);
        return this.tell(scope, intent, 'refused');
      }
      const inMs = secondsUntilNext(kind, intent.tries, retryAfterSeconds) * 1000;
      // Unless the connection works again since this try began: then it is to be sent at once.
      await this.enqueue(scope, intent, { at: new Date(now.getTime() + inMs), unlessWaiting: true });
      await this.settle(scope, intent, { is: 'waiting', error, isBlocked: kind === 'blocked' }, now);
      this.tell(scope, intent, 'waiting');
    });
  }

  /** Its keys first and then its row, as everybody locks them who stores one under these keys. */
  private withIntent<T>(scope: Scope, id: string, work: (intent: StripeIntent) => Promise<T>): Promise<T | null> {
    return this.inTransaction(scope, async () => {
      const { organization, environment } = scope;
      const transaction = this.parts.database.current();
      const keys = (await this.find(scope, id))?.lockKeys ?? [];
      await lockKeys(transaction, keys);
      const intent = await transaction.em.findOne(
        StripeIntent,
        { organization, environment, id },
        { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
      );
      return intent === null ? null : work(intent);
    });
  }

  private find({ organization, environment }: Scope, id: string): Promise<StripeIntent | null> {
    return this.parts.database.current().em.findOne(StripeIntent, { organization, environment, id });
  }

  private inTransaction<T>(scope: Scope, work: () => Promise<T>): Promise<T> {
    return this.parts.database.transaction(scope.organization, work);
  }

  private tell({ organization }: Scope, intent: StripeIntent, outcome: IntentOutcome['is']): void {
    const { id, connectionId, cause, attempt, tries, requestId, error } = intent;
    this.parts.database.current().afterCommit(`stripe intent ${id}`, () => {
      const facts = { organization, intentId: id, connectionId, cause, attempt, tries, requestId };
      if (outcome === 'done') this.parts.log.info('stripe.written', facts);
      else this.parts.log.warn('stripe.not-written', { ...facts, code: error?.code, willRetry: outcome === 'waiting' });
    });
  }
}

function isOpen({ status }: StripeIntent): boolean {
  return status === 'stored' || status === 'sent';
}

function freshAttempt(scope: Scope, connectionId: string, cause: string, attempt: number) {
  const idempotencyKey = idempotencyKeyOf(scope, connectionId, cause, attempt);
  return { attempt, idempotencyKey, status: 'stored' as const, firstSentAt: null, tries: 0, error: null };
}

/** The SDK hangs `lastResponse` on what it returns. */
function requestIdOf(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('lastResponse' in answer)) return null;
  const { lastResponse } = answer;
  if (typeof lastResponse !== 'object' || lastResponse === null || !('requestId' in lastResponse)) return null;
  return typeof lastResponse.requestId === 'string' ? lastResponse.requestId : null;
}
