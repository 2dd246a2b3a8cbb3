import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ProductCreateRequest, ProductResponse, ProductsListRequest, ProductsListResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { toProductResponse } from './product.mapping.js';
import { ProductsService } from './products.service.js';

@Controller('v1/products')
@UseGuards(ApiKeyGuard)
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  @Returns('products.list', 'Products of the key’s environment, newest first.', ProductsListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: ProductsListRequest }) query: ProductsListRequest,
  ): Promise<ProductsListResponse> {
    return pageOf(query, await this.products.list(scope, query), toProductResponse);
  }

  @Get(':id')
  @Returns('products.get', 'One product, by our id.', ProductResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<ProductResponse> {
    return toProductResponse(await this.products.one(scope, id));
  }

  @Post()
  @HttpCode(201)
  @Returns(
    'products.create',
    'Makes a product. At Stripe there is one for each of its plans, once a version of it is published.',
    ProductResponse,
  )
  async create(
    @CurrentScope() scope: DeclaredScope,
    @Body({ schema: ProductCreateRequest }) request: ProductCreateRequest,
  ): Promise<ProductResponse> {
    return toProductResponse(await this.products.create(scope, request, new Date()));
  }
}
