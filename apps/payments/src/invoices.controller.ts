import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { InvoiceResponse, InvoicesListRequest, InvoicesListResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { toInvoiceResponse } from './invoice.mapping.js';
import { InvoicesService } from './invoices.service.js';

@Controller('v1/invoices')
@UseGuards(ApiKeyGuard)
export class InvoicesController {
  constructor(private readonly invoices: InvoicesService) {}

  @Get()
  @Returns('invoices.list', 'Invoices of the key’s environment, newest first.', InvoicesListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: InvoicesListRequest }) query: InvoicesListRequest,
  ): Promise<InvoicesListResponse> {
    return pageOf(query, await this.invoices.list(scope, query), toInvoiceResponse);
  }

  @Get(':id')
  @Returns('invoices.get', 'One invoice, by our id.', InvoiceResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<InvoiceResponse> {
    return toInvoiceResponse(await this.invoices.one(scope, id));
  }
}
