import { Body, Controller, Get, HttpCode, Post, Query, UseGuards } from '@nestjs/common';
import { FillsCreateRequest, FillsCreateResponse, FillsListRequest, FillsListResponse } from '@turnpike/contracts-http';
import { Mirror } from '@turnpike/mirror';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, Returns } from '@turnpike/service';

/** Stripe's lists of products and prices: what is read again from them, and how far that has come. */
@Controller('v1/catalog_fills')
@UseGuards(ApiKeyGuard)
export class CatalogFillsController {
  constructor(private readonly mirror: Mirror) {}

  @Get()
  @Returns('catalogFills.list', 'Walks through Stripe’s lists of products and prices, newest first.', FillsListResponse)
  list(@CurrentScope() scope: DeclaredScope, @Query({ schema: FillsListRequest }) query: FillsListRequest): Promise<FillsListResponse> {
    return this.mirror.fills.list(scope, query, new Date());
  }

  @Post()
  @HttpCode(202)
  @Returns(
    'catalogFills.create',
    'Reads products and prices of a connection again from Stripe’s lists, or joins the walk under way.',
    FillsCreateResponse,
  )
  async create(
    @CurrentScope() scope: DeclaredScope,
    @Body({ schema: FillsCreateRequest }) request: FillsCreateRequest,
  ): Promise<FillsCreateResponse> {
    return { data: await this.mirror.fills.request(scope, request, new Date()) };
  }
}
