import type { EventOf, Topic } from '@turnpike/contracts-events';
import type { Database } from '@turnpike/service';
import type { DeadLetters } from './dead-letters.js';
import { newHappenings } from './happenings.js';
import { killPoints } from './kill-points.js';
import { lockKeys } from './lock-keys.js';
import { above, newest, type Places } from './place.js';
import type { Run } from './run.js';
import { tracedHandling, tracedTransaction } from './traced-handling.js';

export interface RunParts {
  readonly service: string;
  readonly database: Database;
  readonly places: Places;
  readonly deadLetters: DeadLetters;
}

/** Which of a run's messages is being handled, by index: known when the transaction throws. Null: what is done for all of them. */
export interface Progress {
  at: number | null;
}

/**
 * One transaction: the place is locked and compared, the order keys are locked, the handler prepares for all messages and handles each, and
 * the place moves with them. A reader that has to stop meanwhile commits what it has handled, and leaves the rest for whoever reads next:
 * handlers may together take longer than anybody waits for the end of a process.
 * @returns the offsets of the messages that took effect, and whether some were left
 */
export async function takeEffect(
  { service, database, places, deadLetters }: RunParts,
  run: Run,
  progress: Progress,
): Promise<{ offsets: readonly bigint[]; isLeft: boolean }> {
  const { batch, handler, organization, messages, readings, end } = run;
  return tracedTransaction({ service, database }, organization, messages, async (transaction) => {
    const place = await places.lock(transaction, batch);
    const due = above(place, messages);
    const fresh = await newHappenings(transaction, handler.topic, due);
    await lockKeys(
      transaction,
      fresh.flatMap((message) => readings.get(message)!.keys),
    );
    const parked = await deadLetters.park(transaction, handler.topic, batch, fresh);
    const events: EventOf<Topic>[] = [];
    const indexes: number[] = [];
    for (const message of fresh) {
      if (parked.has(message)) continue;
      progress.at = messages.indexOf(message);
      const reading = readings.get(message)!;
      if (reading.event === null) throw reading.problem;
      events.push(reading.event);
      indexes.push(progress.at);
    }
    progress.at = null;
    if (events.length > 0) await handler.prepare?.(events);
    // What is remembered of all of them at once, happenings and what is parked, cannot be divided afterwards.
    const isDivisible = fresh.length === due.length && parked.size === 0 && handler.topic.kind !== 'log';
    let leftAt: number | null = null;
    for (const [index, event] of events.entries()) {
      if (index > 0 && isDivisible && !run.goesOn()) {
        leftAt = indexes[index]!;
        break;
      }
      progress.at = indexes[index]!;
      await tracedHandling(service, handler, event, messages.length === 1);
    }
    progress.at = null;
    const left = leftAt === null ? null : messages[leftAt]!;
    const taken = left === null ? due : due.filter((message) => message.offset < left.offset);
    // While other organizations of the batch are to come, the offset stays; numbers drop what took effect.
    await places.move(transaction, batch, newest(taken), left === null || end === null ? end : left.offset);
    transaction.beforeCommit('kill-point', async () => killPoints.committing.publish(organization));
    return {
      offsets: fresh.flatMap((message) => (parked.has(message) || (left && message.offset >= left.offset) ? [] : message.offset)),
      isLeft: left !== null,
    };
  });
}
