import type { EventOf, Topic } from '@turnpike/contracts-events';
import { Catch, UseFilters, applyDecorators, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { Keeps } from './incoming.js';
import { throwError, type Observable } from 'rxjs';

/** Nest would turn an error into "Internal server error"; the reader decides by the error itself. */
@Catch()
class PassErrorsOn implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** The name under which a handler's `buried` method is registered beside its `handle`. */
export function burialPattern(topic: string): string {
  return `${topic}#buried`;
}

/** The name under which a handler's `prepare` method is registered beside its `handle`. */
export function preparationPattern(topic: string): string {
  return `${topic}#prepare`;
}

/** The name under which a handler's `lapsed` method is registered beside its `handle`. */
export function lapsePattern(topic: string): string {
  return `${topic}#lapsed`;
}

export interface OnTopicOptions<T extends Topic> {
  /**
   * The table of copies that the handler keeps of a topic of state, so that what was told in a time that is lost can be taken away from it
   * when the writer begins a new epoch (road 2.0 c). Deleted, unless the handler has a method `lapsed`.
   */
  readonly keeps?: Keeps;
  /**
   * Further order keys, as on the wire, of what the handler may make or change beside the message's own object. They are locked with the
   * batch's own, in one sorted order: a lock taken later, inside the handler, deadlocks with another batch that does the same (road 2.4).
   */
  readonly alsoLocks?: (event: EventOf<T>) => readonly string[];
}

/**
 * Marks `handle(event: EventOf<typeof Contract>)` of a `@Controller()` as this app's one handler of a topic: the only decorator of ours.
 * The event is parsed before, the transaction is open, the order key is locked; whatever the handler throws decides what becomes of the
 * message (failure.rules.ts). It may be called again with the same event, which it must not change. Three further methods of the same class
 * need no decorator, not even on their parameters:
 *
 * - `prepare(events: readonly EventOf<typeof Contract>[])` runs once in the transaction before `handle` is called with each of them in turn.
 *   It is the place to load in one query what all of them need; it must change nothing, since no message is to blame if it throws.
 * - `lapsed(copies: readonly Copy[])` takes copies away that are of a life of the writer that never was, with what hangs on them; in a
 *   transaction of its own, their order keys locked.
 * - `buried(event: EventOf<typeof Contract> | null, message: BuriedMessage)` runs in the transaction of a burial, unprepared.
 */
export function OnTopic<T extends Topic>(topic: T, options: OnTopicOptions<T> = {}): MethodDecorator {
  return (target, property, descriptor) => {
    applyDecorators(
      EventPattern<string>(topic.name, { contract: topic, alsoLocks: options.alsoLocks, keeps: options.keeps }),
      UseFilters(PassErrorsOn),
    )(target, property, descriptor);
    listen(target, 'prepare', preparationPattern(topic.name));
    listen(target, 'lapsed', lapsePattern(topic.name));
    listen(target, 'buried', burialPattern(topic.name));
  };
}

/** Nest gives a handler's first parameter alone the payload; the second has to be asked for. */
function listen(target: object, method: 'prepare' | 'lapsed' | 'buried', pattern: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, method);
  if (!descriptor) return;
  Payload()(target, method, 0);
  if (method === 'buried') Ctx()(target, method, 1);
  applyDecorators(EventPattern<string>(pattern), UseFilters(PassErrorsOn))(target, method, descriptor);
}
