import type { EventOf, Topic } from '@turnpike/contracts-events';
import { Catch, UseFilters, applyDecorators, type RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
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

export interface OnTopicOptions<T extends Topic> {
  /**
   * Further order keys, as on the wire, of what the handler may make or change beside the message's own object. They are locked with the
   * batch's own, in one sorted order: a lock taken later, inside the handler, deadlocks with another batch that does the same (road 2.4).
   */
  readonly alsoLocks?: (event: EventOf<T>) => readonly string[];
}

/**
 * Marks `handle(event: EventOf<typeof Contract>)` of a `@Controller()` as this app's one handler of a topic: the only decorator of ours.
 * The event is parsed before, the transaction is open, the order key is locked; whatever the handler throws decides what becomes of the
 * message (failure.rules.ts). A method `buried(event | null, message)` of the same class runs in the transaction of a burial.
 */
export function OnTopic<T extends Topic>(topic: T, options: OnTopicOptions<T> = {}): MethodDecorator {
  return (target, property, descriptor) => {
    applyDecorators(EventPattern<string>(topic.name, { contract: topic, alsoLocks: options.alsoLocks }), UseFilters(PassErrorsOn))(
      target,
      property,
      descriptor,
    );
    const buried = Object.getOwnPropertyDescriptor(target, 'buried');
    if (buried) applyDecorators(EventPattern<string>(burialPattern(topic.name)), UseFilters(PassErrorsOn))(target, 'buried', buried);
  };
}
