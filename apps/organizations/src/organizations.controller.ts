import { Body, Controller, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import {
  ApiKeyCreatedResponse,
  OperatorApiKeyCreateRequest,
  OrganizationCreatedResponse,
  OrganizationCreateRequest,
} from '@turnpike/contracts-http';
import { Returns, ServiceTokenGuard } from '@turnpike/service';
import type { FastifyReply } from 'fastify';
import { toApiKeyCreatedResponse } from './api-key.mapping.js';
import { toOrganizationResponse } from './organization.mapping.js';
import { OrganizationsService } from './organizations.service.js';

/** For whoever runs the installation: the service token, never an API key. */
@Controller('internal/organizations')
@UseGuards(ServiceTokenGuard)
export class OrganizationsController {
  constructor(private readonly organizations: OrganizationsService) {}

  @Post()
  @Returns(
    'organizations.create',
    'Makes an organization (201), or answers the one that has the id (200, without keys).',
    OrganizationCreatedResponse,
  )
  async create(
    @Body({ schema: OrganizationCreateRequest }) request: OrganizationCreateRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrganizationCreatedResponse> {
    const { rows, made, isNew } = await this.organizations.create(request, new Date());
    void reply.status(isNew ? 201 : 200);
    return { organization: toOrganizationResponse(rows), apiKeys: made.map(toApiKeyCreatedResponse) };
  }

  @Post(':id/api-keys')
  @HttpCode(201)
  @Returns('organizations.createApiKey', 'A further API key of any open environment, where the last one was lost.', ApiKeyCreatedResponse)
  async createApiKey(
    @Param('id') id: string,
    @Body({ schema: OperatorApiKeyCreateRequest }) { environment, name }: OperatorApiKeyCreateRequest,
  ): Promise<ApiKeyCreatedResponse> {
    return toApiKeyCreatedResponse(await this.organizations.makeApiKey(id, environment, name ?? null, new Date()));
  }
}
