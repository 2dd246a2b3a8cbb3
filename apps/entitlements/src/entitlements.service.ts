import { Injectable } from '@nestjs/common';
import type { Scope, Version } from '@turnpike/contracts-events';
import type { EntitlementResponse, EntitlementsRequest, EntitlementsResponse } from '@turnpike/contracts-http';
import { AccessReplica, type Wanted } from './access-replica.js';
import { answerForAll, answerForOne, type Asked, isGranted } from './answers.rules.js';
import { DefinedFeatures } from './defined-features.js';

/** Answers what a customer may use now, from memory. */
@Injectable()
export class EntitlementsService {
  constructor(
    private readonly replica: AccessReplica,
    private readonly defined: DefinedFeatures,
  ) {}

  /** @throws CustomerNotFound, WorkspaceNotFound, VersionNotReached */
  async all(scope: Scope, customer: string, query: EntitlementsRequest): Promise<EntitlementsResponse> {
    const access = await this.replica.find(scope, toWanted(customer, query));
    return answerForAll(access, this.asked(query));
  }

  /** @throws CustomerNotFound, WorkspaceNotFound, VersionNotReached */
  async one(scope: Scope, customer: string, feature: string, query: EntitlementsRequest): Promise<EntitlementResponse> {
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
