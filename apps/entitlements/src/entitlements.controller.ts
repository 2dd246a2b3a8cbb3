import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import type { Scope, Version } from '@turnpike/contracts-events';
import { EntitlementResponse, EntitlementsRequest, EntitlementsResponse } from '@turnpike/contracts-http';
import { AnsweredFromMemory, ApiKeyGuard, CurrentScope, Returns } from '@turnpike/service';
import { AccessReplica, type Wanted } from './access-replica.js';
import { answerForAll, answerForOne, type Asked, isGranted } from './answers.rules.js';
import { DefinedFeatures } from './defined-features.js';

@Controller('v1/entitlements')
@UseGuards(ApiKeyGuard)
export class EntitlementsController {
  constructor(
    private readonly replica: AccessReplica,
    private readonly defined: DefinedFeatures,
  ) {}

  @Get(':customer')
  @AnsweredFromMemory()
  @Returns('entitlements.list', 'What a customer may use now, by our id or yours.', EntitlementsResponse)
  async all(
    @CurrentScope() scope: Scope,
    @Param('customer') customer: string,
    @Query({ schema: EntitlementsRequest }) query: EntitlementsRequest,
  ): Promise<EntitlementsResponse> {
    const access = await this.replica.find(scope, toWanted(customer, query));
    return answerForAll(access, this.asked(query));
  }

  @Get(':customer/:feature')
  @AnsweredFromMemory()
  @Returns('entitlements.get', 'Whether a customer may use a feature now, and how much of it.', EntitlementResponse)
  async one(
    @CurrentScope() scope: Scope,
    @Param('customer') customer: string,
    @Param('feature') feature: string,
    @Query({ schema: EntitlementsRequest }) query: EntitlementsRequest,
  ): Promise<EntitlementResponse> {
    const access = await this.replica.find(scope, toWanted(customer, query));
    const asked = this.asked(query);
    const isDefined = isGranted(access, feature, asked) || (await this.defined.has(scope, feature));
    return answerForOne(access, feature, asked, isDefined);
  }

  private asked({ member }: EntitlementsRequest): Asked {
    return { member, now: new Date(), asOf: this.replica.asOf, staleAfterMs: this.replica.staleAfterMs };
  }
}

function toWanted(customer: string, { workspace, min_version: version }: EntitlementsRequest): Wanted {
  return { customer, workspace, minVersion: version === undefined ? null : toVersion(version) };
}

/** The contract has seen to it that there are two numbers. */
function toVersion(text: string): Version {
  const [epoch = 0, n = 0] = text.split('.').map(Number);
  return { epoch, n };
}
