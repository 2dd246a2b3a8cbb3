import { Body, Controller, HttpCode, Post, SerializeOptions, UseGuards } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { HistoryGapFound, StripeEventReceived } from '@turnpike/contracts-events';
import { AnnounceAllRequest, AnnounceAllResponse } from '@turnpike/contracts-http';
import { DomainError, ServiceTokenGuard } from '@turnpike/service';
import { AnnounceEvents } from './announce-events.job.js';
import { AnnounceRunsService } from './announce-runs.service.js';
import { GapSweepsService } from './gap-sweeps.service.js';

export class TopicNotWritten extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'topic_not_written';
}

/** Readers that miss something ask here. Accepted means durable: the run is finished whatever happens to this process. */
@Controller('internal/gateway')
export class AnnounceAllController {
  constructor(
    private readonly runs: AnnounceRunsService,
    private readonly gaps: GapSweepsService,
    private readonly job: AnnounceEvents,
  ) {}

  @Post('announce-all')
  @HttpCode(202)
  @UseGuards(ServiceTokenGuard)
  @ApiOperation({ operationId: 'gateway.announceAll', summary: 'Announce every stored event again, or every connection’s latest gap' })
  @ApiAcceptedResponse({ standardSchema: AnnounceAllResponse })
  @ApiResponse({ status: '4XX', description: 'application/problem+json (RFC 9457)' })
  @SerializeOptions({ schema: AnnounceAllResponse })
  async announceAll(@Body({ schema: AnnounceAllRequest }) { topic, organization }: AnnounceAllRequest): Promise<AnnounceAllResponse> {
    if (topic === HistoryGapFound.name) return { runId: await this.gaps.tellAllAgain(organization ?? null) };
    if (topic !== undefined && topic !== StripeEventReceived.name)
      throw new TopicNotWritten(`The gateway does not write ${topic}. It writes ${StripeEventReceived.name} and ${HistoryGapFound.name}.`);
    const runId = await this.runs.ask(organization ?? null, new Date());
    this.job.wake();
    return { runId };
  }
}
