import { Controller } from '@nestjs/common';
import { ApiKeyChanged, type EventOf } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { KnownApiKeys } from '@turnpike/service';

/** Whose an API key is, so that a request can be let in without asking another service. */
@Controller()
export class OnApiKeyChanged {
  constructor(private readonly apiKeys: KnownApiKeys) {}

  @OnTopic(ApiKeyChanged, { keeps: { table: 'known_api_key' } })
  async handle({ scope, data }: EventOf<typeof ApiKeyChanged>): Promise<void> {
    await this.apiKeys.keep(scope, data);
  }
}
