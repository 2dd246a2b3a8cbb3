import { Body, Controller, Get, Param, Put, UseGuards } from '@nestjs/common';
import { NotificationRuleRequest, NotificationRuleResponse, NotificationRulesResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, Returns } from '@turnpike/service';
import { NotificationRulesService } from './notification-rules.service.js';

@Controller('v1/notification_rules')
@UseGuards(ApiKeyGuard)
export class NotificationRulesController {
  constructor(private readonly rules: NotificationRulesService) {}

  @Get()
  @Returns('notificationRules.list', 'Which news customers are told.', NotificationRulesResponse)
  async list(@CurrentScope() scope: DeclaredScope): Promise<NotificationRulesResponse> {
    return { object: 'list', data: await this.rules.list(scope) };
  }

  @Put(':scope')
  @Returns('notificationRules.put', 'Turns one kind of news on or off.', NotificationRuleResponse)
  turn(
    @CurrentScope() scope: DeclaredScope,
    @Param('scope') notificationScope: string,
    @Body({ schema: NotificationRuleRequest }) { isOn }: NotificationRuleRequest,
  ): Promise<NotificationRuleResponse> {
    return this.rules.turn(scope, notificationScope, isOn, new Date());
  }
}
