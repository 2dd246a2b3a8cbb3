import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { NotificationsListRequest, NotificationsListResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { toNotificationResponse } from './notification.mapping.js';
import { NotificationsService } from './notifications.service.js';

/** Mail of sandbox and test, which reaches nobody: what the mailbox page shows. */
@Controller('v1/mailbox')
@UseGuards(ApiKeyGuard)
export class MailboxController {
  constructor(private readonly notifications: NotificationsService) {}

  @Get()
  @Returns('mailbox.list', 'Mails that were kept here instead of being sent, newest first.', NotificationsListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: NotificationsListRequest }) query: NotificationsListRequest,
  ): Promise<NotificationsListResponse> {
    return pageOf(query, await this.notifications.list(scope, query, 'mailbox'), toNotificationResponse);
  }
}
