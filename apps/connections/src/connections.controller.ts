import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, UseGuards } from '@nestjs/common';
import {
  ConnectionCreateRequest,
  ConnectionKeysRequest,
  ConnectionRemoveRequest,
  ConnectionResponse,
  ConnectionsListRequest,
  ConnectionsListResponse,
} from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, pageOf, Returns } from '@turnpike/service';
import { ConnectionRowsService } from './connection-rows.service.js';
import { toConnectionResponse } from './connection.mapping.js';
import type { Connection } from './connection.entity.js';
import { ConnectionsService } from './connections.service.js';

/** The connections of the API key's organization and environment. */
@Controller('v1/connections')
@UseGuards(ApiKeyGuard)
export class ConnectionsController {
  constructor(
    private readonly connections: ConnectionsService,
    private readonly rows: ConnectionRowsService,
  ) {}

  @Post()
  @HttpCode(201)
  @Returns(
    'connections.create',
    'Connects a Stripe account by its keys. They are proved afterwards: see status and checks.',
    ConnectionResponse,
  )
  async create(
    @CurrentScope() scope: DeclaredScope,
    @Body({ schema: ConnectionCreateRequest }) request: ConnectionCreateRequest,
  ): Promise<ConnectionResponse> {
    return this.shown(await this.connections.create(scope, request, new Date()));
  }

  @Get()
  @Returns('connections.list', 'Connections of the key’s environment, newest first.', ConnectionsListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: ConnectionsListRequest }) query: ConnectionsListRequest,
  ): Promise<ConnectionsListResponse> {
    const rows = await this.connections.list(scope, query);
    const page = pageOf(query, rows, (connection) => connection);
    return { ...page, data: await this.allShown(page.data) };
  }

  @Get(':id')
  @Returns('connections.get', 'One connection: its status, what was checked, and what to do about it.', ConnectionResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<ConnectionResponse> {
    return this.shown(await this.rows.one(scope, id));
  }

  @Post(':id/verify')
  @HttpCode(200)
  @Returns('connections.verify', 'Checks the keys and their permissions again.', ConnectionResponse)
  async verify(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<ConnectionResponse> {
    return this.shown(await this.connections.verify(scope, id, new Date()));
  }

  @Put(':id/keys')
  @Returns('connections.changeKeys', 'Other keys of the same account; the old ones stay until these are proved.', ConnectionResponse)
  async changeKeys(
    @CurrentScope() scope: DeclaredScope,
    @Param('id') id: string,
    @Body({ schema: ConnectionKeysRequest }) keys: ConnectionKeysRequest,
  ): Promise<ConnectionResponse> {
    return this.shown(await this.connections.changeKeys(scope, id, keys, new Date()));
  }

  @Post(':id/rotate_webhook_secret')
  @HttpCode(200)
  @Returns('connections.rotateWebhookSecret', 'Replaces the webhook secret; the old one is good for another 24 hours.', ConnectionResponse)
  async rotate(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<ConnectionResponse> {
    return this.shown(await this.connections.rotateWebhookSecret(scope, id));
  }

  @Delete(':id')
  @Returns('connections.remove', 'Destroys the credentials for good; what was learned through them stays.', ConnectionResponse)
  async remove(
    @CurrentScope() scope: DeclaredScope,
    @Param('id') id: string,
    @Body({ schema: ConnectionRemoveRequest }) { confirm }: ConnectionRemoveRequest,
  ): Promise<ConnectionResponse> {
    return this.shown(await this.connections.remove(scope, id, confirm, new Date()));
  }

  private async shown(connection: Connection): Promise<ConnectionResponse> {
    return toConnectionResponse(connection, await this.rows.endpointsOf(connection));
  }

  private async allShown(connections: readonly Connection[]): Promise<ConnectionResponse[]> {
    const responses: ConnectionResponse[] = [];
    for (const connection of connections) responses.push(await this.shown(connection));
    return responses;
  }
}
