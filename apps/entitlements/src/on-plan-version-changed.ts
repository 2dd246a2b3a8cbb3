import { Controller } from '@nestjs/common';
import { type EventOf, PlanVersionChanged } from '@turnpike/contracts-events';
import { type Copy, OnTopic } from '@turnpike/messaging';
import { catalogKey } from './customer-facts.js';
import { KnownFactsService } from './known-facts.service.js';

@Controller()
export class OnPlanVersionChanged {
  constructor(private readonly facts: KnownFactsService) {}

  @OnTopic(PlanVersionChanged, {
    keeps: { table: 'known_plan_version' },
    alsoLocks: ({ scope }) => [catalogKey(scope.organization, scope.environment)],
  })
  async handle({ scope, data }: EventOf<typeof PlanVersionChanged>): Promise<void> {
    await this.facts.keepPlanVersion(scope, data);
  }

  async lapsed(copies: readonly Copy[]): Promise<void> {
    await this.facts.losePlanVersions(copies);
  }
}
