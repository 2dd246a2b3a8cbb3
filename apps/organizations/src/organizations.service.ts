import { Injectable } from '@nestjs/common';
import { type Environment, ENVIRONMENTS, OrganizationChanged, OrganizationId, wireKey } from '@turnpike/contracts-events';
import type { OrganizationCreateRequest } from '@turnpike/contracts-http';
import { FIRST_EPOCH, lockKeys, Outbox } from '@turnpike/messaging';
import { Database, KnownOrganizations } from '@turnpike/service';
import { ApiKeysService, type MadeApiKey } from './api-keys.service.js';
import { Organization } from './organization.entity.js';
import { DataResidencyElsewhere, EnvironmentNotOpen, OrganizationNotFound } from './organization.errors.js';
import { toOrganizationChanged } from './organization.mapping.js';

/** One organization: its rows, one of each environment. */
export type OrganizationRows = readonly [Organization, ...Organization[]];

/** Organizations, made once and never deleted. Every method runs in the transaction of its caller, except where it says so. */
@Injectable()
export class OrganizationsService {
  /** @param servedRegion the region that this deployment's data lies in; undefined where nobody has said */
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly known: KnownOrganizations,
    private readonly apiKeys: ApiKeysService,
    private readonly servedRegion: string | undefined,
  ) {}

  /**
   * Makes an organization with one API key of each open environment, in a transaction of its own. One that is there already stays as it is,
   * and gets no keys.
   * @throws DataResidencyElsewhere
   */
  async create(
    request: OrganizationCreateRequest,
    now: Date,
  ): Promise<{ rows: OrganizationRows; made: readonly MadeApiKey[]; isNew: boolean }> {
    const { id, name, dataResidency, environments } = request;
    if (dataResidency !== null && dataResidency !== this.servedRegion) throw new DataResidencyElsewhere(dataResidency, this.servedRegion);
    return this.database.transaction(id, async () => {
      await this.lock(id);
      const known = await this.rowsOf(id);
      if (known) return { rows: known, made: [], isNew: false };
      const rows = await this.make({ id, name, dataResidency, environments }, now);
      const made: MadeApiKey[] = [];
      for (const environment of environments) made.push(await this.apiKeys.make({ organization: id, environment }, null, now));
      return { rows, made, isNew: true };
    });
  }

  /** A further key of any open environment, for whoever runs the installation, in a transaction of its own. @throws OrganizationNotFound, EnvironmentNotOpen */
  async makeApiKey(id: string, environment: Environment, name: string | null, now: Date): Promise<MadeApiKey> {
    // Somebody else's id can be anything: what no organization can be called is not asked for.
    if (!OrganizationId.safeParse(id).success) throw new OrganizationNotFound(id);
    return this.database.transaction(id, async () => {
      const rows = await this.one(id);
      if (!rows.some((row) => row.environment === environment && row.isOpen)) throw new EnvironmentNotOpen(id, environment);
      return this.apiKeys.make({ organization: id, environment }, name, now);
    });
  }

  /** @throws OrganizationNotFound */
  async one(id: string): Promise<OrganizationRows> {
    const rows = await this.rowsOf(id);
    if (!rows) throw new OrganizationNotFound(id);
    return rows;
  }

  /** What a declared file says of an organization: made with every environment open, or given the name it has there now. */
  async keepDeclared(id: string, name: string, now: Date): Promise<void> {
    await this.lock(id);
    const rows = await this.rowsOf(id);
    if (!rows) return void (await this.make({ id, name, dataResidency: null, environments: ENVIRONMENTS }, now));
    for (const row of rows) {
      if (row.name === name) continue;
      row.name = name;
      row.versionN += 1;
      await this.keepAndTell(row);
    }
  }

  /** Tells the present state again, with the version it has. Call with the row's order key locked. */
  tell(row: Organization): void {
    this.outbox.announce(OrganizationChanged, row, toOrganizationChanged(row));
  }

  private async lock(id: string): Promise<void> {
    const keys = ENVIRONMENTS.map((environment) => wireKey({ organization: id, environment }, id));
    await lockKeys(this.database.current(), keys);
  }

  private async rowsOf(id: string): Promise<OrganizationRows | null> {
    const [first, ...others] = await this.database.current().em.find(Organization, { organization: id, id });
    return first ? [first, ...others] : null;
  }

  private async make(
    { environments, id, ...given }: { id: string; name: string; dataResidency: string | null; environments: readonly Environment[] },
    now: Date,
  ): Promise<OrganizationRows> {
    const { em } = this.database.current();
    const row = (environment: Environment): Organization =>
      em.create(Organization, {
        organization: id,
        environment,
        id,
        ...given,
        isOpen: environments.includes(environment),
        createdAt: now,
        versionEpoch: FIRST_EPOCH,
        versionN: 1,
      });
    const rows: OrganizationRows = [row('sandbox'), row('test'), row('live')];
    em.persist([...rows]);
    for (const one of rows) await this.keepAndTell(one);
    return rows;
  }

  /** This service knows at once; the others hear of it. */
  private async keepAndTell(row: Organization): Promise<void> {
    await this.known.keep(row, toOrganizationChanged(row));
    this.tell(row);
  }
}
