import { Controller, Get, UseGuards } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { OrganizationResponse } from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, Returns } from '@turnpike/service';
import { toOrganizationResponse } from './organization.mapping.js';
import { OrganizationsService } from './organizations.service.js';

@Controller('v1/organization')
@UseGuards(ApiKeyGuard)
export class OrganizationController {
  constructor(private readonly organizations: OrganizationsService) {}

  @Get()
  @Returns('organization.get', 'The organization that the API key belongs to.', OrganizationResponse)
  async mine(@CurrentScope() { organization }: Scope): Promise<OrganizationResponse> {
    return toOrganizationResponse(await this.organizations.one(organization));
  }
}
