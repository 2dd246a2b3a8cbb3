import type { EventOf, Topic } from '@turnpike/contracts-events';
import { areTracesOn, traced, traceparent, type Database, type SpanFacts, type Transaction } from '@turnpike/service';
import type { TopicHandler } from './incoming.js';
import type { RoadMessage } from './message.js';

/**
 * The transaction of messages of one topic: of one alone, as a part of its trace; of several, as a trace by itself that is linked to theirs,
 * since no one of them is its cause (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/).
 */
export function tracedTransaction<T>(
  { database, service }: { readonly database: Database; readonly service: string },
  organization: string,
  messages: readonly RoadMessage[],
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  if (!areTracesOn()) return database.transaction(organization, work);
  const topic = messages[0]?.headers['ce_type'] ?? 'nothing';
  const parents = messages.flatMap(({ headers }) => headers['traceparent'] ?? []);
  const facts = { ...factsOf(topic), 'turnpike.organization': organization, 'messaging.batch.message_count': messages.length };
  const belongsTo = messages.length === 1 ? { from: parents[0] } : { links: parents };
  return traced(service, { name: `read ${topic}`, kind: 'consumer', facts, ...belongsTo }, () => database.transaction(organization, work));
}

/** Calls the handler as a part of its message's trace. What it announces goes on in it. */
export function tracedHandling(service: string, handler: TopicHandler, event: EventOf<Topic>, isAlone: boolean): Promise<void> {
  if (!areTracesOn()) return handler.handle(event);
  const together = traceparent();
  const facts = { ...factsOf(event.topic), 'messaging.message.id': event.id, 'turnpike.organization': event.scope.organization };
  return traced(
    service,
    {
      name: `process ${event.topic}`,
      kind: 'consumer',
      facts,
      from: isAlone ? together : event.traceparent,
      ...(isAlone || together === null ? {} : { links: [together] }),
    },
    () => handler.handle(event),
  );
}

function factsOf(topic: string): SpanFacts {
  return { 'messaging.system': 'turnpike', 'messaging.operation.type': 'process', 'messaging.destination.name': topic };
}
