import { Body, Controller, Put, Query, UseGuards } from '@nestjs/common';
import { CatalogApplyModeRequest, CatalogApplyRequest, CatalogApplyResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, Returns } from '@turnpike/service';
import { DeclaredCatalogService } from './declared-catalog.service.js';

@Controller('v1/catalog')
@UseGuards(ApiKeyGuard)
export class CatalogController {
  constructor(private readonly declared: DeclaredCatalogService) {}

  @Put()
  @Returns('catalog.apply', 'Makes the catalog what is declared: plans that differ get a new published version.', CatalogApplyResponse)
  apply(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: CatalogApplyModeRequest }) { dry_run: dryRun }: CatalogApplyModeRequest,
    @Body({ schema: CatalogApplyRequest }) request: CatalogApplyRequest,
  ): Promise<CatalogApplyResponse> {
    return this.declared.apply(scope, request, dryRun === 'true', new Date());
  }
}
