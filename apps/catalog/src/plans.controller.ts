import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import {
  PlanCreateRequest,
  PlanResponse,
  PlansListRequest,
  PlansListResponse,
  PlanVersionCreateRequest,
  PlanVersionResponse,
} from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { CatalogViewsService } from './catalog-views.service.js';
import { PlanVersionsService } from './plan-versions.service.js';
import { PlansService } from './plans.service.js';

@Controller('v1/plans')
@UseGuards(ApiKeyGuard)
export class PlansController {
  constructor(
    private readonly plans: PlansService,
    private readonly versions: PlanVersionsService,
    private readonly views: CatalogViewsService,
  ) {}

  @Get()
  @Returns('plans.list', 'Plans of the key’s environment, newest first.', PlansListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: PlansListRequest }) query: PlansListRequest,
  ): Promise<PlansListResponse> {
    const plans = await this.plans.list(scope, query);
    return pageOf(query, plans, await this.views.ofPlans(scope, plans));
  }

  @Get(':id')
  @Returns('plans.get', 'One plan, by our id, and where its product stands at Stripe.', PlanResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<PlanResponse> {
    return this.views.plan(scope, await this.plans.one(scope, id));
  }

  @Post()
  @HttpCode(201)
  @Returns('plans.create', 'Makes a plan of a product, without a version yet.', PlanResponse)
  async create(
    @CurrentScope() scope: DeclaredScope,
    @Body({ schema: PlanCreateRequest }) request: PlanCreateRequest,
  ): Promise<PlanResponse> {
    return this.views.plan(scope, await this.plans.create(scope, request, new Date()));
  }

  @Post(':id/versions')
  @HttpCode(201)
  @Returns('planVersions.create', 'Makes a draft of the plan’s next version.', PlanVersionResponse)
  async createVersion(
    @CurrentScope() scope: DeclaredScope,
    @Param('id') id: string,
    @Body({ schema: PlanVersionCreateRequest }) request: PlanVersionCreateRequest,
  ): Promise<PlanVersionResponse> {
    return this.views.version(scope, await this.versions.create(scope, id, request, new Date()));
  }
}
