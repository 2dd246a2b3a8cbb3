import { Injectable } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { Database } from '@turnpike/service';
import { CustomerMergesService } from './customer-merges.service.js';
import { LinkCustomer } from './link-customer.js';

@Injectable()
export class LinkCustomerJob {
  constructor(database: Database, merges: CustomerMergesService, jobs: Jobs) {
    jobs.handle(LinkCustomer, ({ connectionId, stripeId }, { scope }) =>
      database.transaction(scope.organization, () => merges.link({ scope, connectionId, stripeId }, new Date())),
    );
  }
}
