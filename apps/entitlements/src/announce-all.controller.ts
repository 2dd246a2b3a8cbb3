import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { AnnounceAllRequest, AnnounceAllResponse } from '@turnpike/contracts-http';
import { Returns, ServiceTokenGuard } from '@turnpike/service';
import { AnnounceAllService } from './announce-all.service.js';

/** For other services of this installation: tell everything again. Answers before the run is over. */
@Controller('internal/entitlements')
@UseGuards(ServiceTokenGuard)
export class AnnounceAllController {
  constructor(private readonly announceAll: AnnounceAllService) {}

  @Post('announce-all')
  @HttpCode(200)
  @Returns('entitlements.announceAll', "Announces the present state of everybody's access again.", AnnounceAllResponse)
  async start(@Body({ schema: AnnounceAllRequest }) request: AnnounceAllRequest): Promise<AnnounceAllResponse> {
    return { runId: await this.announceAll.start(request) };
  }
}
