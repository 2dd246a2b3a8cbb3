import type { EventOf, Topic } from '@turnpike/contracts-events';
import { topicByName } from '@turnpike/contracts-events';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { BuriedMessage, Copy, Keeps, TopicHandler } from './incoming.js';
import { burialPattern, lapsePattern, preparationPattern } from './on-topic.js';

/** What the server needs of the road: start reading these handlers' topics, and stop. */
export interface HandlersOnTheRoad {
  startReading(handlers: ReadonlyMap<string, TopicHandler>): Promise<void>;
  stopReading(): Promise<void>;
}

/** Nest's side of the road: collects the `@OnTopic` handlers of an app and hands them to the reader, whichever bus there is. */
export class TopicServer extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('turnpike');
  override readonly propagatesEventHandlerErrors = true;

  constructor(
    private readonly road: HandlersOnTheRoad,
    private readonly extraTopics: readonly Topic[] = [],
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.road.startReading(this.topicHandlers()).then(() => callback(), callback);
  }

  async close(): Promise<void> {
    await this.road.stopReading();
  }

  on(): never {
    throw new Error('The road tells what happens by its log and its metrics.');
  }

  unwrap<T>(): T {
    throw new Error('There is nothing to unwrap: handlers are written for both buses.');
  }

  private topicHandlers(): Map<string, TopicHandler> {
    const handlers = new Map<string, TopicHandler>();
    for (const [pattern, handle] of this.messageHandlers) {
      if (pattern.includes('#')) continue;
      const topic = this.extraTopics.find((one) => one.name === pattern) ?? topicByName(pattern);
      if (!topic) throw new Error(`${pattern} is heard here, but no contract says what it is.`);
      if (handle.next) throw new Error(`${pattern} is heard twice in this app; one topic has one handler.`);
      const buried = this.messageHandlers.get(burialPattern(pattern));
      const prepare = this.messageHandlers.get(preparationPattern(pattern));
      const lapsed = this.messageHandlers.get(lapsePattern(pattern));
      const keeps = asKeeps(handle.extras?.['keeps']);
      const alsoLocks: unknown = handle.extras?.['alsoLocks'];
      handlers.set(pattern, {
        topic,
        handle: (event: EventOf<Topic>) => call(handle, event),
        ...(typeof alsoLocks === 'function' ? { alsoLocks: (event: EventOf<Topic>): readonly string[] => alsoLocks(event) } : {}),
        ...(prepare ? { prepare: (events: readonly EventOf<Topic>[]) => call(prepare, events) } : {}),
        ...(keeps ? { keeps } : {}),
        ...(lapsed ? { lapsed: (copies: readonly Copy[]) => call(lapsed, copies) } : {}),
        ...(buried ? { buried: (event: EventOf<Topic> | null, message: BuriedMessage) => call(buried, event, message) } : {}),
      });
    }
    return handlers;
  }
}

/** As `@OnTopic` has put it there; Nest keeps it as anything. */
function asKeeps(extra: unknown): Keeps | null {
  if (typeof extra !== 'object' || extra === null || !('table' in extra) || typeof extra.table !== 'string') return null;
  const orderedBy = 'orderedBy' in extra && typeof extra.orderedBy === 'string' ? { orderedBy: extra.orderedBy } : {};
  return { table: extra.table, ...orderedBy };
}

async function call(handler: MessageHandler, ...values: unknown[]): Promise<void> {
  const result: unknown = await handler(values[0], values[1]);
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
}
