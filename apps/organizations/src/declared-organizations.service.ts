import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ENVIRONMENTS } from '@turnpike/contracts-events';
import { Database, DeclarationFile, KnownOrganizations, Log } from '@turnpike/service';
import { ApiKeysService } from './api-keys.service.js';
import { OrganizationsService } from './organizations.service.js';

/**
 * Configuration as code: what a declared file says of organizations and API keys becomes rows like any others, at each start, before a
 * request comes in. An organization that is no longer declared stays; its declared keys are revoked.
 */
@Injectable()
export class DeclaredOrganizations implements OnModuleInit {
  /** @param file null where nothing is declared: then nothing is changed */
  constructor(
    private readonly file: DeclarationFile | null,
    private readonly database: Database,
    private readonly organizations: OrganizationsService,
    private readonly apiKeys: ApiKeysService,
    private readonly known: KnownOrganizations,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.file === null) return;
    const now = new Date();
    const declared = new Map(this.file.organizations.map((organization) => [organization.id, organization]));
    const gone = (await this.known.list()).filter((id) => !declared.has(id));
    for (const id of gone) await this.database.transaction(id, () => this.keepKeys(id, [], now));
    for (const { id, name, apiKeys } of declared.values()) {
      await this.database.transaction(id, async () => {
        await this.organizations.keepDeclared(id, name, now);
        await this.keepKeys(id, apiKeys, now);
      });
    }
  }

  private async keepKeys(organization: string, declared: DeclarationFile['organizations'][number]['apiKeys'], now: Date): Promise<void> {
    for (const environment of ENVIRONMENTS) {
      const hashes = declared.filter((apiKey) => apiKey.environment === environment).map((apiKey) => apiKey.sha256);
      const ended = await this.apiKeys.keepDeclared({ organization, environment }, hashes, now);
      for (const sha256 of ended)
        this.log.warn('declaration.api-key.ended', { organization, environment, sha256, next: 'declare another' });
    }
  }
}
