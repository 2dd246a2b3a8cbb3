import { Injectable } from '@nestjs/common';
import { Jobs } from '@turnpike/jobs';
import { RetireEndpoint } from './connection-work.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';

/** A day after a webhook secret was replaced: the old endpoint and its secret go. */
@Injectable()
export class RetireEndpointJob {
  constructor(jobs: Jobs, endpoints: WebhookEndpointsService) {
    jobs.handle(RetireEndpoint, ({ connectionId, endpointId }, { scope }) =>
      endpoints.retire(scope, connectionId, endpointId, () => new Date()),
    );
  }
}
