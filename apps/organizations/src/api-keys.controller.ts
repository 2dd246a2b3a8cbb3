import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import {
  ApiKeyCreatedResponse,
  ApiKeyCreateRequest,
  ApiKeyResponse,
  ApiKeyRotateRequest,
  ApiKeysListRequest,
  ApiKeysListResponse,
} from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, pageOf, Returns } from '@turnpike/service';
import { toApiKeyCreatedResponse, toApiKeyResponse } from './api-key.mapping.js';
import { ApiKeysService } from './api-keys.service.js';

/** An environment's own keys, in the hands of whoever has one of them. */
@Controller('v1/api_keys')
@UseGuards(ApiKeyGuard)
export class ApiKeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Get()
  @Returns('apiKeys.list', 'API keys of the key’s environment, newest first, ended ones as well.', ApiKeysListResponse)
  async list(@CurrentScope() scope: Scope, @Query({ schema: ApiKeysListRequest }) query: ApiKeysListRequest): Promise<ApiKeysListResponse> {
    return pageOf(query, await this.apiKeys.list(scope, query), toApiKeyResponse);
  }

  @Post()
  @HttpCode(201)
  @Returns('apiKeys.create', 'A further API key of the same environment; the key is shown this once.', ApiKeyCreatedResponse)
  async create(
    @CurrentScope() scope: Scope,
    @Body({ schema: ApiKeyCreateRequest }) { name }: ApiKeyCreateRequest,
  ): Promise<ApiKeyCreatedResponse> {
    return toApiKeyCreatedResponse(await this.apiKeys.make(scope, name ?? null, new Date()));
  }

  @Post(':id/rotate')
  @HttpCode(201)
  @Returns('apiKeys.rotate', 'A new API key in the place of this one, which ends after the given hours.', ApiKeyCreatedResponse)
  async rotate(
    @CurrentScope() scope: Scope,
    @Param('id') id: string,
    @Body({ schema: ApiKeyRotateRequest }) { oldExpiresInHours }: ApiKeyRotateRequest,
  ): Promise<ApiKeyCreatedResponse> {
    return toApiKeyCreatedResponse(await this.apiKeys.rotate(scope, id, oldExpiresInHours, new Date()));
  }

  @Delete(':id')
  @Returns('apiKeys.revoke', 'Revokes an API key, at once and for ever.', ApiKeyResponse)
  async revoke(@CurrentScope() scope: Scope, @Param('id') id: string): Promise<ApiKeyResponse> {
    return toApiKeyResponse(await this.apiKeys.revoke(scope, id, new Date()));
  }
}
