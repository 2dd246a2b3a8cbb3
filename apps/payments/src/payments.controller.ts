import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { PaymentResponse, PaymentsListRequest, PaymentsListResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { toPaymentResponse } from './payment.mapping.js';
import { PaymentsService } from './payments.service.js';

@Controller('v1/payments')
@UseGuards(ApiKeyGuard)
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  @Get()
  @Returns('payments.list', 'Payments of the key’s environment, newest first.', PaymentsListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: PaymentsListRequest }) query: PaymentsListRequest,
  ): Promise<PaymentsListResponse> {
    return pageOf(query, await this.payments.list(scope, query), toPaymentResponse);
  }

  @Get(':id')
  @Returns('payments.get', 'One payment, by our id.', PaymentResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<PaymentResponse> {
    return toPaymentResponse(await this.payments.one(scope, id));
  }
}
