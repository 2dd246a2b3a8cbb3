import { Injectable } from '@nestjs/common';
import type { Scope } from '@turnpike/contracts-events';
import { Database } from '@turnpike/service';
import { KnownPlanVersion } from './known-plan-version.entity.js';

const LOOK_AGAIN_MS = 2_000;

interface Words {
  readonly features: ReadonlySet<string>;
  readonly readAt: number;
}

/**
 * The features that any plan of an environment has: to tell a typing mistake from something that was not bought. Looked up only for what
 * is not granted, and not again within two seconds.
 */
@Injectable()
export class DefinedFeatures {
  private readonly words = new Map<string, Words>();

  constructor(private readonly database: Database) {}

  /** True where the database cannot say: that nobody has defined it would be a lie. */
  async has(scope: Scope, feature: string): Promise<boolean> {
    const name = `${scope.organization}/${scope.environment}`;
    const known = this.words.get(name);
    if (known?.features.has(feature)) return true;
    if (known && Date.now() - known.readAt < LOOK_AGAIN_MS) return false;
    const features = await this.read(scope).catch(() => null);
    if (features === null) return true;
    this.words.set(name, { features, readAt: Date.now() });
    return features.has(feature);
  }

  private async read({ organization, environment }: Scope): Promise<ReadonlySet<string>> {
    const plans = await this.database.transaction(organization, ({ em }) =>
      em.find(KnownPlanVersion, { organization, environment }, { disableIdentityMap: true }),
    );
    return new Set(plans.flatMap((plan) => plan.facts.features.map((feature) => feature.key)));
  }
}
