import { Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { PlanVersionResponse, PlanVersionsListRequest, PlanVersionsListResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { CatalogViewsService } from './catalog-views.service.js';
import { PlanVersionsService } from './plan-versions.service.js';

@Controller('v1/plan_versions')
@UseGuards(ApiKeyGuard)
export class PlanVersionsController {
  constructor(
    private readonly versions: PlanVersionsService,
    private readonly views: CatalogViewsService,
  ) {}

  @Get()
  @Returns('planVersions.list', 'Versions of plans, newest first, and where their prices stand at Stripe.', PlanVersionsListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: PlanVersionsListRequest }) query: PlanVersionsListRequest,
  ): Promise<PlanVersionsListResponse> {
    const versions = await this.versions.list(scope, query);
    return pageOf(query, versions, await this.views.ofVersions(scope, versions));
  }

  @Get(':id')
  @Returns('planVersions.get', 'One version of a plan, by our id.', PlanVersionResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<PlanVersionResponse> {
    return this.views.version(scope, await this.versions.one(scope, id));
  }

  @Post(':id/publish')
  @HttpCode(200)
  @Returns(
    'planVersions.publish',
    'Makes a version what new subscribers get; of the current one, writes it to Stripe again.',
    PlanVersionResponse,
  )
  async publish(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<PlanVersionResponse> {
    return this.views.version(scope, await this.versions.publish(scope, id, new Date()));
  }

  @Post(':id/archive')
  @HttpCode(200)
  @Returns('planVersions.archive', 'Takes a version away from new subscribers; who has it keeps it.', PlanVersionResponse)
  async archive(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<PlanVersionResponse> {
    return this.views.version(scope, await this.versions.archive(scope, id, new Date()));
  }
}
