import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import {
  CustomerResponse,
  CustomersCreateRequest,
  CustomersListRequest,
  CustomersListResponse,
  CustomersUpdateRequest,
} from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, Returns } from '@turnpike/service';
import { toCustomerResponse } from './customer.mapping.js';
import { CustomersService } from './customers.service.js';
import { RegisteredCustomersService } from './registered-customers.service.js';

@Controller('v1/customers')
@UseGuards(ApiKeyGuard)
export class CustomersController {
  constructor(
    private readonly customers: CustomersService,
    private readonly registered: RegisteredCustomersService,
  ) {}

  @Get()
  @Returns('customers.list', 'Customers of the key’s environment, newest first.', CustomersListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: CustomersListRequest }) query: CustomersListRequest,
  ): Promise<CustomersListResponse> {
    return this.customers.list(scope, query);
  }

  @Get(':id')
  @Returns('customers.get', 'One customer, by our id or by your externalId.', CustomerResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<CustomerResponse> {
    return toCustomerResponse(await this.customers.one(scope, id));
  }

  @Post()
  @HttpCode(201)
  @Returns('customers.create', 'Makes a customer under your own id, and ties it to one at Stripe if you name one.', CustomerResponse)
  async create(
    @CurrentScope() scope: DeclaredScope,
    @Body({ schema: CustomersCreateRequest }) request: CustomersCreateRequest,
  ): Promise<CustomerResponse> {
    return toCustomerResponse(await this.registered.create(scope, request, new Date()));
  }

  @Patch(':id')
  @Returns('customers.update', 'Changes a customer that is not at Stripe yet, or ties it to one at Stripe.', CustomerResponse)
  async update(
    @CurrentScope() scope: DeclaredScope,
    @Param('id') id: string,
    @Body({ schema: CustomersUpdateRequest }) request: CustomersUpdateRequest,
  ): Promise<CustomerResponse> {
    return toCustomerResponse(await this.registered.update(scope, id, request, new Date()));
  }
}
