import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { EntitlementsRequest, EntitlementsResponse } from '@turnpike/contracts-http';
import { AnsweredFromMemory, ApiKeyGuard, CurrentScope, Returns } from '@turnpike/service';
import { EntitlementsService } from './entitlements.service.js';

/** The whole of it; one feature is asked for far more often (entitlement-checks.controller.ts). */
@Controller('v1/entitlements')
@UseGuards(ApiKeyGuard)
export class EntitlementsController {
  constructor(private readonly entitlements: EntitlementsService) {}

  @Get(':customer')
  @AnsweredFromMemory()
  @Returns('entitlements.list', 'What a customer may use now, by our id or yours.', EntitlementsResponse)
  all(
    @CurrentScope() scope: Scope,
    @Param('customer') customer: string,
    @Query({ schema: EntitlementsRequest }) query: EntitlementsRequest,
  ): Promise<EntitlementsResponse> {
    return this.entitlements.all(scope, customer, query);
  }
}
