import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, UseGuards } from '@nestjs/common';
import {
  WorkspaceMemberRequest,
  WorkspaceResponse,
  WorkspacesCreateRequest,
  WorkspacesListRequest,
  WorkspacesListResponse,
} from '@turnpike/contracts-http';
import { ApiKeyGuard, CurrentScope, type DeclaredScope, Returns } from '@turnpike/service';
import { toWorkspaceResponse } from './workspace.mapping.js';
import { WorkspacesService } from './workspaces.service.js';

@Controller('v1/workspaces')
@UseGuards(ApiKeyGuard)
export class WorkspacesController {
  constructor(private readonly workspaces: WorkspacesService) {}

  @Get()
  @Returns('workspaces.list', 'Workspaces of a customer, newest first.', WorkspacesListResponse)
  async list(
    @CurrentScope() scope: DeclaredScope,
    @Query({ schema: WorkspacesListRequest }) query: WorkspacesListRequest,
  ): Promise<WorkspacesListResponse> {
    return this.workspaces.list(scope, query);
  }

  @Get(':id')
  @Returns('workspaces.get', 'One workspace, by our id.', WorkspaceResponse)
  async one(@CurrentScope() scope: DeclaredScope, @Param('id') id: string): Promise<WorkspaceResponse> {
    return toWorkspaceResponse(await this.workspaces.one(scope, id));
  }

  @Post()
  @HttpCode(201)
  @Returns('workspaces.create', 'Makes a workspace of a customer, with its members.', WorkspaceResponse)
  async create(
    @CurrentScope() scope: DeclaredScope,
    @Body({ schema: WorkspacesCreateRequest }) request: WorkspacesCreateRequest,
  ): Promise<WorkspaceResponse> {
    return toWorkspaceResponse(await this.workspaces.create(scope, request, new Date()));
  }

  @Put(':id/members/:memberId')
  @Returns('workspaces.setMember', 'Makes somebody a member, or gives a member another role.', WorkspaceResponse)
  async setMember(
    @CurrentScope() scope: DeclaredScope,
    @Param('id') id: string,
    @Param('memberId') memberId: string,
    @Body({ schema: WorkspaceMemberRequest }) { role }: WorkspaceMemberRequest,
  ): Promise<WorkspaceResponse> {
    return toWorkspaceResponse(await this.workspaces.setMember(scope, id, memberId, role, new Date()));
  }

  @Delete(':id/members/:memberId')
  @Returns('workspaces.removeMember', 'Takes a member out of a workspace.', WorkspaceResponse)
  async removeMember(
    @CurrentScope() scope: DeclaredScope,
    @Param('id') id: string,
    @Param('memberId') memberId: string,
  ): Promise<WorkspaceResponse> {
    return toWorkspaceResponse(await this.workspaces.removeMember(scope, id, memberId, new Date()));
  }
}
