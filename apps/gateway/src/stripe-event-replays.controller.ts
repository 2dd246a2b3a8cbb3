import { Body, Controller, HttpCode, Post, SerializeOptions, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { StripeEventsReplayRequest, StripeEventsReplayResponse } from '@turnpike/contracts-http';
import { ServiceTokenGuard } from '@turnpike/service';
import { StripeEventReplaysService } from './stripe-event-replays.service.js';

/** For those who run this installation: `turnpike events replay`. */
@Controller('internal/gateway/stripe-events')
export class StripeEventReplaysController {
  constructor(private readonly replays: StripeEventReplaysService) {}

  @Post('replay')
  @HttpCode(200)
  @UseGuards(ServiceTokenGuard)
  @ApiOperation({ operationId: 'gateway.replayStripeEvents', summary: 'Announce chosen stored events again, or count them' })
  @ApiOkResponse({ standardSchema: StripeEventsReplayResponse })
  @ApiResponse({ status: '4XX', description: 'application/problem+json (RFC 9457)' })
  @SerializeOptions({ schema: StripeEventsReplayResponse })
  replay(@Body({ schema: StripeEventsReplayRequest }) asked: StripeEventsReplayRequest): Promise<StripeEventsReplayResponse> {
    return this.replays.replay(asked, new Date());
  }
}
