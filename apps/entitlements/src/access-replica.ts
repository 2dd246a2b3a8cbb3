import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccessChanged, compareVersions, ENVIRONMENTS, type EventOf, type Scope, type Version } from '@turnpike/contracts-events';
import type { Following, Freshness, ServiceRoad } from '@turnpike/messaging';
import { Database } from '@turnpike/service';
import { Access } from './access.entity.js';
import { toAccessChanged } from './access.mapping.js';
import { CustomerNotFound, VersionNotReached, WorkspaceNotFound } from './entitlements.errors.js';
import { AccessIndex, type HeldAccess } from './held-access.js';

const ROWS_PER_PAGE = 1_000;
const WAIT_FOR_VERSION_MS = 1_000;
const LOOK_AGAIN_MS = 10;
/** Proofs come five times as often as they are needed. */
const PROOFS_WHILE_FRESH = 5;

/** Whose access is asked for. */
export interface Wanted {
  readonly customer: string;
  readonly workspace: string | undefined;
  readonly minVersion: Version | null;
}

/** This replica's memory of everybody's access (architecture rule 15): loaded before it is ready, then following what the service tells. */
@Injectable()
export class AccessReplica implements OnModuleInit, Following<typeof AccessChanged> {
  private index = new AccessIndex();
  private freshness: Freshness | null = null;

  constructor(
    private readonly database: Database,
    private readonly road: Pick<ServiceRoad, 'follow'>,
    readonly staleAfterMs: number,
  ) {}

  async onModuleInit(): Promise<void> {
    this.freshness = await this.road.follow(AccessChanged, this, this.staleAfterMs / PROOFS_WHILE_FRESH);
  }

  get asOf(): Date {
    return this.freshness?.asOf() ?? new Date(0);
  }

  async load(organizations: readonly string[], epoch: number): Promise<void> {
    const index = new AccessIndex();
    for (const organization of organizations) {
      for (const environment of ENVIRONMENTS) await this.loadScope(index, { organization, environment }, epoch);
    }
    this.index = index;
  }

  apply({ scope, data }: EventOf<typeof AccessChanged>): void {
    this.index.put(scope, data);
  }

  /** @throws CustomerNotFound, WorkspaceNotFound, VersionNotReached */
  async find(scope: Scope, wanted: Wanted): Promise<HeldAccess> {
    const { minVersion } = wanted;
    if (minVersion === null) return this.findNow(scope, wanted);
    const end = Date.now() + WAIT_FOR_VERSION_MS;
    for (;;) {
      const found = this.look(scope, wanted);
      if (found && compareVersions(found.version, minVersion) >= 0) return found;
      if (Date.now() >= end) {
        const { version } = found ?? this.findNow(scope, wanted);
        throw new VersionNotReached(minVersion, version);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  private findNow(scope: Scope, wanted: Wanted): HeldAccess {
    const found = this.look(scope, wanted);
    if (found) return found;
    if (wanted.workspace !== undefined && this.index.customer(scope, wanted.customer)) throw new WorkspaceNotFound(wanted.workspace);
    throw new CustomerNotFound(wanted.customer);
  }

  private look(scope: Scope, { customer, workspace }: Wanted): HeldAccess | null {
    return workspace === undefined ? this.index.customer(scope, customer) : this.index.workspace(scope, customer, workspace);
  }

  private async loadScope(index: AccessIndex, scope: Scope, epoch: number): Promise<void> {
    const { organization, environment } = scope;
    for (let after: string | null = ''; after !== null;) {
      const from: string = after;
      const rows = await this.database.transaction(organization, ({ em }) =>
        em.find(
          Access,
          { organization, environment, id: { $gt: from } },
          { orderBy: { id: 'asc' }, limit: ROWS_PER_PAGE, disableIdentityMap: true },
        ),
      );
      for (const row of rows) index.put(scope, { ...toAccessChanged(row), version: { epoch, n: row.versionN } });
      after = rows.length < ROWS_PER_PAGE ? null : (rows.at(-1)?.id ?? null);
    }
  }
}
