import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { NotificationResponse, NotificationsListRequest, NotificationsListResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { toNotificationResponse } from './notification.mapping.js';
import { NotificationsService } from './notifications.service.js';

@Controller('v1/notifications')
@UseGuards(ApiKeyGuard)
export class NotificationsController {
  constructor(private readonly notifications: NotificationsService) {}

  @Get()
  @Returns('notifications.list', 'What customers were told, newest first.', NotificationsListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: NotificationsListRequest }) query: NotificationsListRequest,
  ): Promise<NotificationsListResponse> {
    return pageOf(query, await this.notifications.list(scope, query, null), toNotificationResponse);
  }

  @Get(':id')
  @Returns('notifications.get', 'One notification, by its id.', NotificationResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<NotificationResponse> {
    return toNotificationResponse(await this.notifications.one(scope, id));
  }
}
