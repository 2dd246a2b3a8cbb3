import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { GapSweepsListRequest, GapSweepsListResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { toGapSweepResponse } from './gap-sweep.mapping.js';
import { GapSweepsService } from './gap-sweeps.service.js';

@Controller('v1/gap_sweeps')
@UseGuards(ApiKeyGuard)
export class GapSweepsController {
  constructor(private readonly sweeps: GapSweepsService) {}

  @Get()
  @Returns('gapSweeps.list', 'What no webhook brought, and what was done about it, newest first.', GapSweepsListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: GapSweepsListRequest }) query: GapSweepsListRequest,
  ): Promise<GapSweepsListResponse> {
    return pageOf(query, await this.sweeps.list(scope, query), toGapSweepResponse);
  }
}
