import { Controller } from '@nestjs/common';
import { type EventOf, WorkspaceChanged } from '@turnpike/contracts-events';
import { type Copy, OnTopic } from '@turnpike/messaging';
import { KnownFactsService } from './known-facts.service.js';

@Controller()
export class OnWorkspaceChanged {
  constructor(private readonly facts: KnownFactsService) {}

  @OnTopic(WorkspaceChanged, { keeps: { table: 'known_workspace', orderedBy: 'customer_id' } })
  async handle({ scope, data }: EventOf<typeof WorkspaceChanged>): Promise<void> {
    await this.facts.keepWorkspace(scope, data, new Date());
  }

  async lapsed(copies: readonly Copy[]): Promise<void> {
    await this.facts.loseWorkspaces(copies, new Date());
  }
}
