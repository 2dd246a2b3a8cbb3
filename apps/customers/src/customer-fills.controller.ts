import { Body, Controller, Get, HttpCode, Post, Query, UseGuards } from '@nestjs/common';
import { FillsCreateRequest, FillsCreateResponse, FillsListRequest, FillsListResponse } from '@turnpike/contracts-http';
import { Mirror } from '@turnpike/mirror';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, Returns } from '@turnpike/service';

/** Stripe's lists of customers, subscriptions and test clocks: what is read again from them, and how far that has come. */
@Controller('v1/customer_fills')
@UseGuards(ApiKeyGuard)
export class CustomerFillsController {
  constructor(private readonly mirror: Mirror) {}

  @Get()
  @Returns(
    'customerFills.list',
    'Walks through Stripe’s lists of customers, subscriptions and test clocks, newest first.',
    FillsListResponse,
  )
  list(@CurrentScope() scope: DeclaredScope, @Query({ schema: FillsListRequest }) query: FillsListRequest): Promise<FillsListResponse> {
    return this.mirror.fills.list(scope, query, new Date());
  }

  @Post()
  @HttpCode(202)
  @Returns(
    'customerFills.create',
    'Reads customers, subscriptions and test clocks of a connection again from Stripe’s lists, or joins the walk under way.',
    FillsCreateResponse,
  )
  async create(
    @CurrentScope() scope: DeclaredScope,
    @Body({ schema: FillsCreateRequest }) request: FillsCreateRequest,
  ): Promise<FillsCreateResponse> {
    return { data: await this.mirror.fills.request(scope, request, new Date()) };
  }
}
