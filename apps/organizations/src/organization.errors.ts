import { DomainError } from '@turnpike/service';

export class OrganizationNotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'organization_not_found';
  constructor(id: string) {
    super(`There is no organization ${JSON.stringify(id)} here.`);
  }
}

export class EnvironmentNotOpen extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'environment_not_open';
  constructor(organization: string, environment: string) {
    super(`The environment ${environment} of ${organization} is not open.`);
  }
}

/** Architecture rule 10: what belongs elsewhere is refused before anything of it is stored here. */
export class DataResidencyElsewhere extends DomainError {
  readonly kind = 'invalid';
  readonly code = 'data_residency_elsewhere';
  constructor(wanted: string, served: string | undefined) {
    super(
      served === undefined
        ? `The data must stay in ${wanted}, and this installation names no region. Set DATA_RESIDENCY, or leave dataResidency out.`
        : `The data must stay in ${wanted}; this installation serves ${served}. Make the organization where its region is.`,
    );
  }
}
