import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { CustomerResponse, CustomersListRequest, CustomersListResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, Returns } from '@turnpike/service';
import { toCustomerResponse } from './customer.mapping.js';
import { CustomersService } from './customers.service.js';

@Controller('v1/customers')
@UseGuards(ApiKeyGuard)
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Get()
  @Returns('listCustomers', 'Customers of the key’s environment, newest first.', CustomersListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: CustomersListRequest }) query: CustomersListRequest,
  ): Promise<CustomersListResponse> {
    const { customers, hasMore } = await this.customers.list(scope, query);
    const goOnFrom = query.ending_before === undefined ? customers.at(-1) : customers[0];
    return {
      object: 'list',
      data: customers.map(toCustomerResponse),
      has_more: hasMore,
      next_cursor: hasMore ? (goOnFrom?.id ?? null) : null,
    };
  }

  @Get(':id')
  @Returns('getCustomer', 'One customer, by our id.', CustomerResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<CustomerResponse> {
    return toCustomerResponse(await this.customers.one(scope, id));
  }
}
