import { Controller } from '@nestjs/common';
import { type EventOf, OrganizationChanged } from '@turnpike/contracts-events';
import { OnTopic } from '@turnpike/messaging';
import { KnownOrganizations } from '@turnpike/service';

/** Which organizations there are, for work that goes through all of them. */
@Controller()
export class OnOrganizationChanged {
  constructor(private readonly organizations: KnownOrganizations) {}

  @OnTopic(OrganizationChanged, { keeps: { table: 'known_organization' } })
  async handle({ scope, data }: EventOf<typeof OrganizationChanged>): Promise<void> {
    await this.organizations.keep(scope, data);
  }
}
