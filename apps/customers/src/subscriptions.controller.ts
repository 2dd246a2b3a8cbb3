import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { SubscriptionResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, Returns } from '@turnpike/service';
import { toSubscriptionResponse } from './subscription.mapping.js';
import { SubscriptionsService } from './subscriptions.service.js';

@Controller('v1/subscriptions')
@UseGuards(ApiKeyGuard)
export class SubscriptionsController {
  constructor(private readonly subscriptions: SubscriptionsService) {}

  @Get(':id')
  @Returns('subscriptions.get', 'One subscription, by our id.', SubscriptionResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<SubscriptionResponse> {
    return toSubscriptionResponse(await this.subscriptions.one(scope, id));
  }
}
