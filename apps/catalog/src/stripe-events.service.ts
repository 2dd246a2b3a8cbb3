import { Injectable } from '@nestjs/common';
import { Intents } from '@turnpike/intents';
import { type Heard, Mirror } from '@turnpike/mirror';

/** Events about products and prices. Every method runs in the transaction of its caller, with the objects' keys locked. */
@Injectable()
export class StripeEventsService {
  constructor(
    private readonly mirror: Mirror,
    private readonly intents: Intents,
  ) {}

  /**
   * The echo of a write of our own, told by its idempotency key, says nothing that its answer did not say: the object was looked at again when
   * the answer came (architecture rule 6). Everything else is a hint.
   */
  async hear({ scope, data }: Heard, now: Date): Promise<void> {
    if (await this.intents.isOwn(scope, data.connectionId, data.request?.idempotencyKey ?? null)) return;
    await this.mirror.hear(scope, data, now);
  }
}
